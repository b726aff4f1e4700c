import { createHash } from 'node:crypto';
import { wheel } from '../../examples/demo/archives.mjs';
import type { Reply } from '../support/scripted-server.ts';
import { parseMultipart } from '../support/multipart-parser.ts';
import type { Asked } from './fault-server.ts';

export interface Release {
  readonly project: string;
  readonly filename: string;
  readonly bytes: Buffer;
}

export function release(
  project: string,
  version: string,
  more: { readonly requires?: readonly string[]; readonly size?: number } = {},
): Release {
  const { requires = [], size = 0 } = more;
  const made = wheel({
    name: project,
    version,
    summary: `About ${project}`,
    code: `VERSION = '${version}'\n${'#'.repeat(size)}`,
    requires,
  });
  return { project, filename: made.filename, bytes: Buffer.from(made.bytes) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const jsonType = { 'content-type': 'application/vnd.pypi.simple.v1+json' };

/** An honest index of these files: pages as JSON, ranges, companions of metadata where there are any. */
export function indexScript(releases: readonly Release[], companions: ReadonlyMap<string, Buffer> = new Map()): (asked: Asked) => Reply {
  const json = (value: unknown): Reply => ({ body: JSON.stringify(value), headers: jsonType });
  return ({ path, headers }) => {
    if (path === '/simple/') {
      return json({
        meta: { 'api-version': '1.1' },
        projects: [...new Set(releases.map(({ project }) => project))].map((name) => ({ name })),
      });
    }
    const [, project] = /^\/simple\/([^/]+)\/$/.exec(path) ?? [];
    if (project !== undefined) {
      const own = releases.filter((one) => one.project === project);
      if (own.length === 0) return { status: 404 };
      const files = own.map(({ filename, bytes }) => {
        const companion = companions.get(filename);
        return {
          filename,
          url: `../../files/${filename}`,
          hashes: { sha256: sha256(bytes) },
          size: bytes.length,
          ...(companion === undefined ? {} : { 'core-metadata': { sha256: sha256(companion) } }),
        };
      });
      return json({ meta: { 'api-version': '1.1' }, name: project, files });
    }
    const [, filename = ''] = /^\/files\/(.+)$/.exec(path) ?? [];
    const bytes = releases.find((one) => one.filename === filename)?.bytes ?? companions.get(filename.replace(/\.metadata$/, ''));
    return bytes === undefined ? { status: 404 } : part(bytes, headers.range);
  };
}

function part(bytes: Buffer, range: string | undefined): Reply {
  const [, start = ''] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  if (start === '') return { body: bytes, headers };
  const content = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  return { status: 206, body: bytes.subarray(Number(start)), headers: { ...headers, 'content-range': content } };
}

/** An index of devpi's kind, which registers and removes as well; its files by name. */
export class DevpiIndex {
  readonly files = new Map<string, Release>();
  readonly registered = new Set<string>();

  readonly script = ({ method, path, headers, body }: Asked): Reply => {
    const bare = path.replace(/\?.*$/, '');
    if (method === 'POST') return this.#take(parseMultipart(headers['content-type'], body));
    const filename = /\/\+f\/([^/]+)$/.exec(bare)?.[1];
    if (filename !== undefined && method === 'DELETE')
      return this.files.delete(filename) ? { status: 200, json: {} } : { status: 404, json: {} };
    if (bare === '/ci/stage')
      return { json: { type: 'indexconfig', result: { type: 'stage', volatile: true, projects: [...this.#projects()] } } };
    const name = /^\/ci\/stage\/([^/+]+)$/.exec(bare)?.[1] ?? '';
    if (!this.#projects().has(name)) return { status: 404, json: { message: `no project '${name}'` } };
    return { json: { type: 'projectconfig', result: this.#versions(name) } };
  };

  #projects(): Set<string> {
    return new Set([...this.registered, ...[...this.files.values()].map(({ project }) => project)]);
  }

  #versions(name: string): Record<string, object> {
    const links = [...this.files.values()]
      .filter(({ project }) => project === name)
      .map(({ filename, bytes }) => ({ rel: 'releasefile', hashes: { sha256: sha256(bytes) }, href: `/ci/stage/+f/${filename}` }));
    return { '1': { name, version: '1', '+links': links } };
  }

  #take(parts: ReturnType<typeof parseMultipart>): Reply {
    const field = (wanted: string): string => parts.find(({ name }) => name === wanted)?.value.toString() ?? '';
    const project = field('name').toLowerCase();
    if (field(':action') === 'submit') {
      this.registered.add(project);
      return {};
    }
    const content = parts.find(({ name }) => name === 'content');
    if (content?.filename === undefined || sha256(content.value) !== field('sha256_digest')) return { status: 400, reason: 'wrong digest' };
    this.files.set(content.filename, { project, filename: content.filename, bytes: content.value });
    return {};
  }
}
