import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digest } from '../support/source-server.ts';
import type { OfferedFile } from '../support/source-server.ts';

/** A download as it was asked for. */
export interface Download {
  readonly filename: string;
  /** First byte asked for. */
  readonly start: number;
}

/** An index that serves files slowly enough to be cut off in the middle, gives ranges, and tells how far it is. */
export interface IndexServer extends AsyncDisposable {
  readonly url: string;
  projects: Readonly<Record<string, readonly OfferedFile[]>>;
  readonly downloads: readonly Download[];
  /** Requests and bytes of files so far. */
  readonly requests: number;
  readonly bytes: number;
  /** Called after each request that came in and each piece of a file that went out. */
  onProgress: () => void;
}

const piece = 32 * 1024;

export async function indexServer(): Promise<IndexServer> {
  const downloads: Download[] = [];
  const state = { projects: {} as IndexServer['projects'], requests: 0, bytes: 0 };
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.requests += 1;
    self.onProgress();
    const path = decodeURIComponent(request.url ?? '');
    const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
    const [, name = '', filename = ''] = /^\/files\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    const file = state.projects[name]?.find((candidate) => candidate.filename === filename);
    const files = project === undefined ? undefined : state.projects[project];
    if (path === '/simple/') json(response, { meta, projects: Object.keys(state.projects).map((one) => ({ name: one })) });
    else if (project !== undefined && files !== undefined) json(response, page(project, files));
    else if (file !== undefined) await send(request, response, file);
    else response.writeHead(404).end();
  }

  async function send(request: IncomingMessage, response: ServerResponse, { filename, bytes }: OfferedFile): Promise<void> {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    downloads.push({ filename, start });
    if (start >= bytes.length) return void response.writeHead(416).end();
    response.writeHead(start === 0 ? 200 : 206, {
      'content-length': bytes.length - start,
      ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    for (let at = start; at < bytes.length && !response.destroyed; at += piece) {
      const chunk = bytes.subarray(at, at + piece);
      await new Promise<void>((resolve) => {
        response.once('close', resolve);
        response.write(chunk, () => resolve());
      });
      state.bytes += chunk.length;
      self.onProgress();
    }
    response.end();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: IndexServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`,
    get projects() {
      return state.projects;
    },
    set projects(next) {
      state.projects = next;
    },
    downloads,
    get requests() {
      return state.requests;
    },
    get bytes() {
      return state.bytes;
    },
    onProgress: () => undefined,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return self;
}

const meta = { 'api-version': '1.1' };

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(JSON.stringify(value));
}

function page(name: string, files: readonly OfferedFile[]): unknown {
  return {
    meta,
    name,
    files: files.map(({ filename, bytes, yanked }) => ({
      filename,
      url: `../../files/${name}/${encodeURIComponent(filename)}`,
      // Both digests: a lock learns nothing from the bytes that depends on when a run was cut off.
      hashes: { sha256: digest('sha256', bytes), md5: digest('md5', bytes) },
      size: bytes.length,
      yanked: yanked ?? false,
    })),
  };
}
