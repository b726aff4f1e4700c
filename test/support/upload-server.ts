import { createHash } from 'node:crypto';
import { normalizeName } from '../../src/packaging/name.ts';
import { parseMultipart, type FormPart } from './multipart-parser.ts';
import { scriptedServer, type RecordedRequest, type Reply, type ScriptedServer, type ScriptedServerOptions } from './scripted-server.ts';

/** A file that the server holds. */
export interface StoredFile {
  readonly project: string;
  readonly filename: string;
  readonly bytes: Buffer;
  /** Text fields of its upload; a repeated one has all its values. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** How the server takes an upload that is well formed. */
export type UploadMode =
  /** 200; a name that exists: 409, whatever the bytes. */
  | 'accept'
  /** 200, an existing file is replaced. */
  | 'overwrite'
  /** Stores the file and answers 500. */
  | 'store-then-500'
  /** Stores the file and cuts the connection. */
  | 'store-then-drop'
  /** Stores nothing and cuts the connection. */
  | 'drop'
  /** 202: stores the file only when `settle` is called. */
  | 'queue'
  /** Stores nothing and answers so. */
  | { readonly refuse: Reply };

/** What the listing shows. */
export type ListingMode =
  | 'honest'
  /** What was stored before `freeze` was called. */
  | 'frozen'
  /** Another sha256 than the bytes have. */
  | 'lies'
  /** No digests. */
  | 'bare'
  /** 500. */
  | 'fails';

export interface UploadServerOptions extends Pick<ScriptedServerOptions, 'tls' | 'address'> {
  /** Where uploads go, and the simple API: `<path>simple/`. Default `/`. */
  readonly path?: string;
  readonly serialization?: 'html' | 'json';
  /** Where the simple API is, if not at `<path>simple/`. */
  readonly simplePath?: string;
  /** Answers at paths of its own, with or without their query, before all others. */
  readonly replies?: Readonly<Record<string, Reply>>;
  /** The answer to a file that was taken; default 200. */
  readonly success?: Reply;
  /** The answer to a name that is taken; default 409. */
  readonly taken?: Reply;
  /** Needed for writes. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Credentials are needed for reads too, and wrong ones are answered with 401. */
  readonly strict?: boolean;
  /** Where unknown projects are redirected, as pypiserver and GitLab do: the origin of another index. Default: 404. */
  readonly fallback?: string;
  /** Headers of every answer: `x-devpi-server-version` … */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A package index in memory that takes uploads like the real ones, and can fail like them. Every upload is parsed strictly. */
export interface UploadServer extends AsyncDisposable {
  /** To configure as the destination's URL. */
  readonly url: string;
  readonly simpleUrl: string;
  readonly server: ScriptedServer;
  readonly files: readonly StoredFile[];
  /** Well-formed uploads that came in, taken or not. */
  readonly uploads: number;
  mode: UploadMode;
  listing: ListingMode;
  /** Puts a file there without an upload. */
  store(filename: string, bytes: Uint8Array | string, project: string): void;
  /** What the listing shows now, `lies` and `bare` aside. */
  shown(): readonly StoredFile[];
  /** The bytes of a file, or undefined. */
  bytesOf(filename: string): Buffer | undefined;
  /** Fixes what a `frozen` listing shows. */
  freeze(): void;
  /** Carries out what was queued. */
  settle(): void;
}

export async function uploadServer(options: UploadServerOptions = {}): Promise<UploadServer> {
  const path = options.path ?? '/';
  const simplePath = options.simplePath ?? `${path}simple/`;
  const filesPath = path.endsWith('/') ? `${path}files/` : `${path}/files/`;
  const success = options.success ?? {};
  const taken = options.taken ?? { status: 409, body: '<html><body><h1>409</h1>Package already exists!</body></html>' };
  let files: readonly StoredFile[] = [];
  let frozen: readonly StoredFile[] = [];
  let queued: readonly StoredFile[] = [];
  let uploads = 0;

  const keep = (file: StoredFile): void => {
    files = [...files.filter(({ filename }) => filename !== file.filename), file];
  };
  const server = await scriptedServer((request) => {
    const reply = answer(request);
    return { ...reply, headers: { ...options.headers, ...reply.headers } };
  }, options);

  function answer(request: RecordedRequest): Reply {
    const bare = request.path.replace(/\?.*$/s, '');
    if (options.strict === true && request.headers.authorization !== expectedAuthorization()) return { status: 401 };
    const own = options.replies?.[request.path] ?? options.replies?.[bare];
    if (own !== undefined) return own;
    if (request.method === 'POST') return bare === path ? takeUpload(request) : { status: 405 };
    if (bare === path) return { body: '<html><title>an index</title></html>', headers: { 'content-type': 'text/html' } };
    if (bare.startsWith(filesPath)) return sendFile(decodeURIComponent(bare.slice(filesPath.length)));
    if (!bare.startsWith(simplePath)) return { status: 404 };
    if (self.listing === 'fails') return { status: 500 };
    return sendListing(bare.slice(simplePath.length));
  }

  function expectedAuthorization(): string {
    const { username = '', password = '' } = options.credentials ?? {};
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  function takeUpload(request: RecordedRequest): Reply {
    const { credentials } = options;
    if (credentials !== undefined) {
      if (request.headers.authorization === undefined) return { status: 401, headers: { 'www-authenticate': 'Basic realm="pypi"' } };
      if (request.headers.authorization !== expectedAuthorization()) return { status: 403, reason: 'Forbidden' };
    }
    const parts = parseMultipart(request.headers['content-type'], request.body);
    const fields = textFields(parts);
    if (fields[':action']?.[0] === 'submit') return {};
    const file = uploadedFile(parts, fields);
    if (typeof file === 'string') return { status: 400, reason: file };
    uploads += 1;
    return decide(file);
  }

  function decide(file: StoredFile): Reply {
    const { mode } = self;
    if (typeof mode === 'object') return mode.refuse;
    switch (mode) {
      case 'accept':
        if (files.some(({ filename }) => filename === file.filename)) return taken;
        keep(file);
        return success;
      case 'overwrite':
        keep(file);
        return success;
      case 'store-then-500':
        keep(file);
        return { status: 500, body: 'lost my head' };
      case 'store-then-drop':
        keep(file);
        return { drop: true };
      case 'drop':
        return { drop: true };
      case 'queue':
        queued = [...queued, file];
        return { status: 202, json: { task: '/tasks/1/' } };
    }
  }

  function sendFile(filename: string): Reply {
    const file = files.find((candidate) => candidate.filename === filename);
    return file === undefined ? { status: 404 } : { body: file.bytes, headers: { 'content-type': 'application/octet-stream' } };
  }

  function sendListing(rest: string): Reply {
    const shown = self.shown();
    if (rest === '') return rootPage([...new Set(shown.map(({ project }) => project))]);
    const name = decodeURIComponent(rest.replace(/\/$/, ''));
    const own = shown.filter(({ project }) => project === name);
    if (own.length > 0) return projectPage(name, own);
    if (options.fallback === undefined) return { status: 404, body: 'no such project' };
    return { status: 303, headers: { location: `${options.fallback}/simple/${name}/` } };
  }

  function rootPage(names: readonly string[]): Reply {
    if (options.serialization === 'json') return json({ meta: { 'api-version': '1.1' }, projects: names.map((name) => ({ name })) });
    return html(names.map((name) => `<a href="${name}/">${name}</a>`));
  }

  function projectPage(name: string, own: readonly StoredFile[]): Reply {
    const entries = own.map((file) => ({
      file,
      url: `${filesPath}${encodeURIComponent(file.filename)}`,
      sha256: self.listing === 'bare' ? undefined : sha256(self.listing === 'lies' ? Buffer.from('a lie') : file.bytes),
      requiresPython: file.fields['requires_python']?.[0],
    }));
    if (options.serialization === 'json') {
      const listed = entries.map(({ file, url, sha256: digest, requiresPython }) => ({
        filename: file.filename,
        url,
        hashes: digest === undefined ? {} : { sha256: digest },
        ...(requiresPython === undefined ? {} : { 'requires-python': requiresPython }),
        size: file.bytes.length,
      }));
      return json({ meta: { 'api-version': '1.1' }, name, versions: [], files: listed });
    }
    return html(
      entries.map(({ file, url, sha256: digest, requiresPython }) => {
        const required = requiresPython === undefined ? '' : ` data-requires-python="${escape(requiresPython)}"`;
        return `<a href="${url}${digest === undefined ? '' : `#sha256=${digest}`}"${required}>${escape(file.filename)}</a>`;
      }),
    );
  }

  const self: UploadServer = {
    url: `${server.origin}${path}`,
    simpleUrl: `${server.origin}${simplePath}`,
    server,
    get files() {
      return files;
    },
    get uploads() {
      return uploads;
    },
    mode: 'accept',
    listing: 'honest',
    store: (filename, bytes, project) => keep({ project: normalizeName(project), filename, bytes: Buffer.from(bytes), fields: {} }),
    shown: () => (self.listing === 'frozen' ? frozen : files),
    bytesOf: (filename) => files.find((file) => file.filename === filename)?.bytes,
    freeze: () => {
      frozen = files;
    },
    settle: () => {
      queued.forEach(keep);
      queued = [];
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
  return self;
}

function textFields(parts: readonly FormPart[]): Readonly<Record<string, readonly string[]>> {
  const fields: Record<string, string[]> = {};
  for (const part of parts) {
    if (part.filename === undefined) (fields[part.name] ??= []).push(part.value.toString('utf8'));
  }
  return fields;
}

/** The file, or what is wrong with the form; digests are compared as PyPI does. */
function uploadedFile(parts: readonly FormPart[], fields: Readonly<Record<string, readonly string[]>>): StoredFile | string {
  const content = parts.at(-1);
  if (fields[':action']?.[0] !== 'file_upload') return 'no file_upload';
  if (fields['protocol_version']?.[0] !== '1') return 'Unknown protocol version.';
  const name = fields['name']?.[0];
  if (name === undefined || fields['version']?.[0] === undefined) return 'name and version are required';
  if (content?.name !== 'content' || content.filename === undefined) return 'the content must come last';
  if (fields['sha256_digest']?.[0] !== sha256(content.value))
    return 'The digest supplied does not match a digest calculated from the uploaded file.';
  if (fields['md5_digest']?.[0] !== createHash('md5').update(content.value).digest('hex')) return 'Digests do not match';
  return { project: normalizeName(name), filename: content.filename, bytes: content.value, fields };
}

function html(lines: readonly string[]): Reply {
  return {
    body: `<!DOCTYPE html>\n<html><head><meta name="pypi:repository-version" content="1.0"></head><body>\n${lines.join('<br>\n')}\n</body></html>`,
    headers: { 'content-type': 'text/html' },
  };
}

function json(value: unknown): Reply {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' } };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
