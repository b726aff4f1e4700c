import { createHash } from 'node:crypto';

/** A project page of the simple repository API as devpi gives it. */
interface Page {
  readonly files: readonly { readonly filename: string; readonly url: string }[];
}

/**
 * Downloads every file of one index and gives its sha256 by filename: what really is there, read without a line of pkgsync.
 * @param simple address of the simple repository API, with a final slash
 */
export async function downloadedDigests(simple: string, projects: readonly string[]): Promise<Record<string, string>> {
  const digests: [string, string][] = [];
  for (const project of projects) {
    const address = new URL(`${project}/`, simple);
    const page = await get(address, 'application/vnd.pypi.simple.v1+json');
    const { files } = JSON.parse(page.toString('utf8')) as Page;
    for (const { filename, url } of files) {
      const bytes = await get(new URL(url, address), '*/*');
      digests.push([filename, createHash('sha256').update(bytes).digest('hex')]);
    }
  }
  return Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function get(url: URL, accept: string): Promise<Buffer> {
  const response = await fetch(url, { headers: { accept } });
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
