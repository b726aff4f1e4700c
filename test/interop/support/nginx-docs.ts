import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { SiteOptions } from './nginx.ts';
import { projectFolder } from './python.ts';

export interface Site {
  /** Folder of a static index, or root address of the server behind. */
  readonly serves: { readonly folder: string } | { readonly upstream: string };
  /** Path of the password file; absent: everybody may. */
  readonly passwords?: string | undefined;
}

/** The site as docs/servers.md writes it, with the places of this test in it: what people copy is what is tested. */
export async function documentedSite({ serves, passwords }: Site): Promise<Pick<SiteOptions, 'http' | 'server'>> {
  const [directory, guard, proxy] = await documentedBlocks();
  const [text, ...replaced] =
    'folder' in serves
      ? ([directory!.replace('    listen 8080;\n', guard!), ['/srv/mirror', serves.folder]] as const)
      : ([proxy!, ['http://127.0.0.1:8080', serves.upstream.replace(/\/$/, '')]] as const);
  const passwordFile = '/etc/nginx/index.htpasswd';
  const changes = [...replaced, ...(passwords === undefined ? [] : [[passwordFile, passwords] as const])];
  const placed = changes.reduce((changed, [from, to]) => swap(changed, from, to), withoutPlaces(text, passwords === undefined));
  const at = placed.indexOf('server {');
  return { http: placed.slice(0, at), server: placed.slice(at + 'server {'.length, placed.lastIndexOf('}')) };
}

async function documentedBlocks(): Promise<readonly string[]> {
  const text = await readFile(join(projectFolder, 'docs', 'servers.md'), 'utf8');
  const blocks = [...text.matchAll(/^```nginx\n(.*?)^```$/gms)].map((match) => match[1]!);
  if (blocks.length !== 3) throw new Error(`docs/servers.md has ${blocks.length} examples for nginx, not 3`);
  return blocks;
}

/** Port and certificate are this test's own, and so is who may come in. */
function withoutPlaces(text: string, open: boolean): string {
  const lines = text.split('\n').filter((line) => !/^\s*(?:listen|server_name|ssl_certificate\w*) /.test(line));
  return lines.filter((line) => !open || !/^\s*auth_basic/.test(line)).join('\n');
}

function swap(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`${from} is not in the documented site`);
  return text.replaceAll(from, to);
}
