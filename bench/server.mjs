import { createServer } from 'node:http';

/**
 * @typedef {object} ServedFile
 * @property {string} filename
 * @property {string} sha256
 * @property {number} size
 * @property {() => Iterable<Uint8Array>} chunks
 */

/**
 * A simple repository API on a free port of this machine, each answer `latency` milliseconds late.
 * @param {ReadonlyMap<string, readonly ServedFile[]>} projects
 * @param {number} latency
 * @param {{ brokenPages?: ReadonlySet<string>, lostFiles?: ReadonlySet<string> }} [faults] projects whose page is none, files that are listed and not there
 */
export async function serve(projects, latency, { brokenPages = new Set(), lostFiles = new Set() } = {}) {
  const files = new Map([...projects.values()].flat().map((file) => [file.filename, file]));
  /** Milliseconds of the clock at which the first file was asked for and the last one was sent. */
  const transfer = { first: Infinity, last: 0 };
  const server = createServer((request, response) => {
    const [kind, name = ''] = decodeURIComponent(request.url ?? '')
      .split('/')
      .slice(1);
    setTimeout(() => {
      const file = files.get(name);
      if (kind === 'files' && file !== undefined && !lostFiles.has(name)) send(response, file, transfer);
      else if (kind === 'simple' && name === '')
        sendJson(response, { meta, projects: [...projects.keys()].map((project) => ({ name: project })) });
      else if (kind === 'simple' && brokenPages.has(name)) sendJson(response, 'no page');
      else if (kind === 'simple' && projects.has(name)) sendJson(response, page(name, projects.get(name) ?? []));
      else response.writeHead(404).end();
    }, latency);
    if (kind === 'files') transfer.first = Math.min(transfer.first, performance.now());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/simple/`,
    /** Seconds from the first request for a file to the end of the last file. */
    transferSeconds: () => (transfer.last - transfer.first) / 1000,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const meta = { 'api-version': '1.1' };

/**
 * @param {string} name
 * @param {readonly ServedFile[]} files
 */
function page(name, files) {
  const entries = files.map(({ filename, sha256, size }) => ({
    filename,
    url: `/files/${encodeURIComponent(filename)}`,
    hashes: { sha256 },
    size,
  }));
  return { meta, name, versions: [], files: entries };
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {unknown} body
 */
function sendJson(response, body) {
  response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(JSON.stringify(body));
}

/**
 * Resolves when the response takes more, or is closed.
 * @param {import('node:http').ServerResponse} response
 */
async function writable(response) {
  await new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve(undefined);
    };
    response.once('drain', settle).once('close', settle);
  });
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {ServedFile} file
 * @param {{ last: number }} transfer
 */
async function send(response, file, transfer) {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.size });
  for (const chunk of file.chunks()) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await writable(response);
  }
  response.end(() => (transfer.last = performance.now()));
}
