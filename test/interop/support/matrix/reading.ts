import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';

export interface Reading {
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  /** PEM of the authority that is trusted. */
  readonly authority?: string | undefined;
  /** Links that count; all unless given. */
  readonly counts?: (url: URL) => boolean;
}

/**
 * Downloads every file of a simple API and gives its sha256 by filename: what an installer would get, read without a line of pkgsync. A project
 * without a page has no files.
 * @param simple address of the simple API, with a final slash
 */
export async function heldBy(simple: string, projects: readonly string[], reading: Reading = {}): Promise<Record<string, string>> {
  const agent = new Agent({ connect: reading.authority === undefined ? {} : { ca: reading.authority } });
  try {
    const digests: [string, string][] = [];
    for (const project of projects) {
      const page = new URL(`${project}/`, simple);
      const html = await get(agent, page, reading);
      for (const url of html === undefined ? [] : links(html.toString('utf8'), page)) {
        if (reading.counts?.(url) === false) continue;
        const bytes = await get(agent, url, reading);
        if (bytes === undefined) throw new Error(`${url.href} is listed and not there`);
        digests.push([decodeURIComponent(url.pathname.split('/').at(-1)!), createHash('sha256').update(bytes).digest('hex')]);
      }
    }
    return Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1)));
  } finally {
    await agent.close();
  }
}

function links(html: string, page: URL): URL[] {
  return [...html.matchAll(/<a\s[^>]*?href="([^"#]+)/g)].map((match) => new URL(match[1]!.replaceAll('&amp;', '&'), page));
}

/** The body; undefined for what is not there. Nothing is followed: where an index sends its readers elsewhere, it does not hold that itself. */
async function get(agent: Agent, url: URL, { login }: Reading): Promise<Buffer | undefined> {
  const authorization =
    login === undefined ? {} : { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` };
  const { statusCode, body } = await request(url, { dispatcher: agent, headers: { accept: 'text/html, */*;q=0.1', ...authorization } });
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode === 404) return undefined;
  if (statusCode !== 200) throw new Error(`${url.href} answered ${statusCode}`);
  return bytes;
}
