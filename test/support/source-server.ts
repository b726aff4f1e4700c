import { createHash } from 'node:crypto';
import { scriptedServer } from './scripted-server.ts';
import type { Reply, ScriptedServer, ScriptedServerOptions } from './scripted-server.ts';

/** A file that the index offers, and what it says of it. */
export interface OfferedFile {
  readonly filename: string;
  readonly bytes: Uint8Array;
  readonly requiresPython?: string;
  readonly yanked?: string | boolean;
  readonly uploadTime?: string;
  /** What the page claims, where that is not the truth. */
  readonly claims?: { readonly sha256?: string; readonly size?: number; readonly filename?: string; readonly url?: string };
  /** Only an md5, as in 2013. */
  readonly md5Only?: boolean;
  /** How the download is answered; the bytes by default. */
  readonly download?: Reply;
}

export interface SourceServer extends AsyncDisposable {
  /** The simple API. */
  readonly url: string;
  readonly server: ScriptedServer;
  /** Files by normalised project name; replace to change the index. */
  projects: Record<string, readonly OfferedFile[]>;
  /** Answers that replace a project's page. */
  readonly pages: Map<string, Reply>;
  /** Requests for files so far. */
  downloads(): readonly string[];
}

/** A simple repository API (PEP 691 JSON) of files in memory, honest unless told otherwise. */
export async function sourceServer(
  projects: Record<string, readonly OfferedFile[]>,
  options: ScriptedServerOptions = {},
): Promise<SourceServer> {
  const state = { projects };
  const pages = new Map<string, Reply>();
  const server = await scriptedServer((request) => {
    const path = decodeURIComponent(request.path.split('?')[0] ?? '');
    if (path === '/simple/')
      return json({ meta: { 'api-version': '1.1' }, projects: Object.keys(state.projects).map((name) => ({ name })) });
    const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
    if (project !== undefined) {
      const files = state.projects[project];
      return pages.get(project) ?? (files === undefined ? { status: 404 } : json(page(project, files)));
    }
    const [, name = '', filename = ''] = /^\/files\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const file = state.projects[name]?.find((candidate) => candidate.filename === filename);
    if (file === undefined) return { status: 404 };
    return file.download ?? { body: file.bytes, headers: { 'content-type': 'application/octet-stream' } };
  }, options);
  return {
    url: server.url('/simple/'),
    server,
    get projects() {
      return state.projects;
    },
    set projects(next) {
      state.projects = next;
    },
    pages,
    downloads: () =>
      server.requests.filter(({ path }) => path.startsWith('/files/')).map(({ path }) => decodeURIComponent(path.split('/').at(-1) ?? '')),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function json(value: unknown): Reply {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' } };
}

function page(name: string, files: readonly OfferedFile[]): unknown {
  return {
    meta: { 'api-version': '1.1' },
    name,
    files: files.map(({ filename, bytes, claims, requiresPython, yanked, uploadTime, md5Only }) => ({
      filename: claims?.filename ?? filename,
      url: claims?.url ?? `../../files/${name}/${encodeURIComponent(filename)}`,
      hashes: md5Only === true ? { md5: digest('md5', bytes) } : { sha256: claims?.sha256 ?? digest('sha256', bytes) },
      size: claims?.size ?? bytes.byteLength,
      'requires-python': requiresPython,
      yanked: yanked ?? false,
      'upload-time': uploadTime,
    })),
  };
}

export function digest(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
