import { truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectUpload } from '../../../src/destinations/connect-upload.ts';
import type { ExistingFile, PutRequest, WantedFile, WritableDestination, WriteAnswer } from '../../../src/destinations/destination.ts';
import type { ServerKind } from '../../../src/destinations/servers/profile.ts';
import { credentialFor, httpClientFor } from '../../support/http-clients.ts';
import type { HttpClient } from '../../../src/http/http-client.ts';
import { simpleIndex } from '../../../src/indexes/simple-index.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { coreMetadata, digestsOf, verifiedContent, wantedFile } from '../../support/distributions.ts';
import { indexOf } from '../../support/fake-index.ts';
import { parseMultipart } from '../../support/multipart-parser.ts';
import { scriptedServer, type Reply, type Routes } from '../../support/scripted-server.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { uploadServer, type UploadServer } from '../../support/upload-server.ts';

const newFolder = temporaryFolders();
const foo = normalizeName('foo');
const sdist = 'foo-1.0.tar.gz';

let folder: string;
let server: UploadServer;
let http: HttpClient;
beforeEach(async () => {
  folder = await newFolder();
  server = await uploadServer();
  http = httpClientFor();
});
afterEach(async () => {
  await http.close();
  await server[Symbol.asyncDispose]();
});

function connect(
  kind: ServerKind | 'auto' = 'generic',
  more: { readonly url?: string; readonly client?: HttpClient } = {},
): Promise<WritableDestination> {
  return connectUpload({
    name: 'corp',
    url: more.url ?? server.url,
    server: kind,
    http: more.client ?? http,
    indexAt: (simpleUrl) => indexOf(server, simpleUrl),
  });
}

async function requestFor(
  bytes: string | Uint8Array = 'content',
  more: Partial<PutRequest> = {},
  facts: Partial<WantedFile> = {},
): Promise<PutRequest> {
  const content = await verifiedContent(folder, bytes, { metadata: coreMetadata({ name: 'foo', version: '1.0' }) });
  return { file: wantedFile(foo, sdist, bytes, facts), content, ...more };
}

async function put(kind: ServerKind = 'generic', request?: PutRequest): Promise<WriteAnswer> {
  return (await connect(kind)).put(request ?? (await requestFor()));
}

async function existing(destination: WritableDestination): Promise<ExistingFile> {
  const [file] = (await destination.list(foo)).files;
  if (file === undefined) throw new Error('nothing is listed');
  return file;
}

describe('list', () => {
  it('tells what the simple API lists', async () => {
    server.store(sdist, 'content', 'foo');
    const destination = await connect();
    expect(await destination.list(foo)).toMatchObject({
      name: 'foo',
      present: true,
      files: [{ filename: sdist, hashes: { sha256: digestsOf('content').sha256 } }],
    });
    expect(await destination.list(normalizeName('bar'))).toEqual({ name: 'bar', present: false, files: [], warnings: [] });
    const names: string[] = [];
    for await (const name of destination.projects()) names.push(name);
    expect(names).toEqual(['foo']);
  });

  it('fails where the listing fails', async () => {
    server.listing = 'fails';
    await expect((await connect()).list(foo)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

describe('put', () => {
  it('stores the bytes and sends the form as servers want it', async () => {
    const description = 'one\ntwo\r\nthree\rß';
    const request = await requestFor(Buffer.from([0, 13, 10, 45, 45, 255]));
    const content = {
      ...request.content,
      metadata: coreMetadata({ name: 'foo', version: '1.0', description, classifiers: ['A :: B', 'C :: D'] }),
    };
    expect(await put('generic', { ...request, content })).toEqual({ outcome: 'done', status: 200, reason: 'OK' });
    expect(server.bytesOf(sdist)).toEqual(Buffer.from([0, 13, 10, 45, 45, 255]));

    const sent = server.server.requests.find(({ method }) => method === 'POST')!;
    expect(sent.headers).toMatchObject({ 'content-length': String(sent.body.length), accept: expect.stringContaining('application/json') });
    expect(sent.headers['transfer-encoding']).toBeUndefined();
    expect(sent.headers['user-agent']).toMatch(/^pkgsync\//);
    const parts = parseMultipart(sent.headers['content-type'], sent.body);
    expect(parts.slice(0, 2).map(({ name, value }) => [name, value.toString()])).toEqual([
      [':action', 'file_upload'],
      ['protocol_version', '1'],
    ]);
    const { fields } = server.files[0]!;
    expect(fields['description']).toEqual([description]);
    expect(fields['classifiers']).toEqual(['A :: B', 'C :: D']);
    expect(fields['sha256_digest']).toEqual([request.content.hashes.sha256]);
    expect(fields['md5_digest']).toEqual([request.content.hashes.md5]);
    expect(parts.at(-1)).toMatchObject({ name: 'content', filename: sdist, contentType: 'application/octet-stream' });
    expect(parts.slice(0, -1).every(({ filename, contentType }) => filename === undefined && contentType === undefined)).toBe(true);
  });

  it('counts the bytes as they leave', async () => {
    let sum = 0;
    await put('generic', await requestFor('x'.repeat(1_000_000), { onBytes: (count) => (sum += count) }));
    expect(sum).toBe(server.server.requests.find(({ method }) => method === 'POST')?.body.length);
  });

  it('sends nothing where the same bytes are there', async () => {
    server.store(sdist, 'content', 'foo');
    expect(await put()).toEqual({ outcome: 'exists' });
    expect(server.uploads).toBe(0);
  });

  it('never overwrites other bytes, even where the server would', async () => {
    server.mode = 'overwrite';
    server.store(sdist, 'theirs', 'foo');
    await expect(put()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(server.uploads).toBe(0);
    expect(server.bytesOf(sdist)?.toString()).toBe('theirs');
  });

  it('sends nothing where bytes are there that cannot be compared', async () => {
    server.store(sdist, 'theirs', 'foo');
    server.listing = 'bare';
    expect(await put()).toEqual({ outcome: 'exists' });
    expect(server.uploads).toBe(0);
  });

  it('sends nothing where the look before fails: failing is not absent', async () => {
    server.listing = 'fails';
    await expect(put()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(server.uploads).toBe(0);
  });

  it('reports a race with another upload as existing: the listing decides', async () => {
    server.freeze();
    server.listing = 'frozen';
    server.store(sdist, 'theirs', 'foo');
    expect(await put()).toMatchObject({ outcome: 'exists', status: 409 });
  });

  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [413, 'TOO_LARGE'],
    [400, 'REFUSED'],
    [405, 'REFUSED'],
  ])('stops at %i with %s and the words of the server', async (status, code) => {
    server.mode = { refuse: { status, reason: 'Computer says no' } };
    await expect(put()).rejects.toMatchObject({ code, status, message: expect.stringContaining('Computer says no') });
  });

  it.each(['store-then-500', 'store-then-drop', 'drop', 'queue'] as const)(
    'takes the answer of a server that does "%s" as unclear, and never sends twice',
    async (mode) => {
      server.mode = mode;
      expect(await put()).toMatchObject({ outcome: 'unclear', reason: expect.any(String) });
      expect(server.uploads).toBe(1);
    },
  );

  it('shows after an unclear answer, by listing, whether the file arrived', async () => {
    server.mode = 'store-then-500';
    const destination = await connect();
    await destination.put(await requestFor());
    expect((await existing(destination)).hashes.sha256).toBe(digestsOf('content').sha256);
  });

  it('asks for credentials or says that they are wrong', async () => {
    await using guarded = await uploadServer({ credentials: { username: 'ci', password: 'pw' } });
    const request = await requestFor();
    await expect((await connect('generic', { url: guarded.url })).put(request)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining('requires credentials'),
    });
    const wrong = httpClientFor({ credentials: credentialFor(guarded.server.origin, 'ci', 'wrong') });
    await expect((await connect('generic', { url: guarded.url, client: wrong })).put(request)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const right = httpClientFor({ credentials: credentialFor(guarded.server.origin, 'ci', 'pw') });
    expect(await (await connect('generic', { url: guarded.url, client: right })).put(request)).toMatchObject({ outcome: 'done' });
    await Promise.all([wrong.close(), right.close()]);
  });

  it('stops before the end where the content has changed after it was verified', async () => {
    const request = await requestFor();
    await writeFile(request.content.path, 'CONTENT');
    await expect(put('generic', request)).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(server.files).toEqual([]);
    await truncate(request.content.path, 2);
    await expect(put('generic', request)).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(server.files).toEqual([]);
  });

  it('refuses what the server would refuse, without asking it', async () => {
    const file = wantedFile(foo, 'foo-1.0.zip', 'content');
    await expect(put('pypi', await requestFor('content', { file }))).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('PyPI takes only'),
    });
    expect(server.server.requests).toEqual([]);
  });

  it('replaces nothing on a server that is not known to be able to', async () => {
    server.store(sdist, 'old', 'foo');
    const replaces = await existing(await connect());
    await expect(put('generic', await requestFor('content', { replaces }))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(server.uploads).toBe(0);
  });

  it('can be interrupted', async () => {
    await expect(put('generic', await requestFor('content', { signal: AbortSignal.abort() }))).rejects.toThrow();
    expect(server.files).toEqual([]);
  });
});

describe('a redirect of an upload', () => {
  const answering = async (
    routes: Routes,
    path: string,
    run: (url: string, log: () => readonly string[]) => Promise<void>,
  ): Promise<void> => {
    await using redirecting = await scriptedServer(routes);
    await run(redirecting.url(path), () => redirecting.log().filter((line) => line.startsWith('POST')));
  };

  it.each([307, 308])('that only adds the slash (%i) is followed, once, with the whole form', async (status) => {
    const redirect: Reply = { status, headers: { location: '/up/' } };
    await answering({ 'POST /up': redirect, 'POST /up/': {} }, '/up', async (url, log) => {
      expect(await (await connect('pypi', { url })).put(await requestFor())).toMatchObject({ outcome: 'done' });
      expect(log()).toEqual(['POST /up', 'POST /up/']);
    });
    await answering({ 'POST /up': redirect, 'POST /up/': { status, headers: { location: '/up/' } } }, '/up', async (url, log) => {
      await expect((await connect('pypi', { url })).put(await requestFor())).rejects.toMatchObject({ code: 'REFUSED' });
      expect(log()).toEqual(['POST /up', 'POST /up/']);
    });
  });

  it.each([
    [301, '/up/'],
    [302, '/up/'],
    [303, '/login'],
    [307, '/elsewhere/'],
    [308, '/up/?x=y'],
    [308, 'http://other.example/up/'],
    [302, 'http://[broken'],
  ])('%i to %s is not followed, and the hint names the target', async (status, location) => {
    await answering(
      { 'POST /up': { status, headers: { location } }, '/up/': {}, '/login': {}, '/elsewhere/': {} },
      '/up',
      async (url, log) => {
        const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
        await expect((await connect('pypi', { url })).put(await requestFor())).rejects.toMatchObject({
          code: 'REFUSED',
          status,
          hint: target === undefined ? undefined : expect.stringContaining(`${target.origin}${target.pathname}`),
        });
        expect(log()).toEqual(['POST /up']);
      },
    );
  });
});

describe('over the simple API by HTTP', () => {
  const connectOver = (at: UploadServer): Promise<WritableDestination> =>
    connectUpload({
      name: 'corp',
      url: at.url,
      server: 'generic',
      http,
      indexAt: (location) => simpleIndex({ name: 'corp', location, http }),
    });

  it('a server of unknown kind without a simple API where it was guessed does not count as empty', async () => {
    await using at = await uploadServer({ path: '/repo/', simplePath: '/elsewhere/' });
    const destination = await connectOver(at);
    for (const name of [foo, normalizeName('bar')]) {
      await expect(destination.list(name)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `what is there cannot be told: the server is of an unknown kind, and no simple API is at ${at.server.url('/repo/simple/')} (404)`,
        hint: 'set server to the kind that it is, or simpleUrl to the address of its simple API',
      });
    }
    await expect(destination.put(await requestFor())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(at.uploads).toBe(0);
  });

  it('asks once whether the guessed simple API is there, and not for what it has', async () => {
    await using at = await uploadServer({ path: '/repo/' });
    at.store(sdist, 'content', 'foo');
    const destination = await connectOver(at);
    await destination.list(foo);
    expect(at.server.log()).not.toContain('GET /repo/simple/');
    await destination.list(normalizeName('bar'));
    await destination.list(normalizeName('baz'));
    expect(at.server.log().filter((line) => line === 'GET /repo/simple/')).toHaveLength(1);
  });

  it.each(['html', 'json'] as const)('an upload is found again in the listing (%s)', async (serialization) => {
    await using at = await uploadServer({ serialization, path: '/repo/' });
    const destination = await connectOver(at);
    expect(await destination.put(await requestFor())).toMatchObject({ outcome: 'done' });
    expect(await existing(destination)).toMatchObject({ filename: sdist, hashes: { sha256: digestsOf('content').sha256 } });
    expect(await destination.put(await requestFor())).toEqual({ outcome: 'exists' });
    expect(at.uploads).toBe(1);
  });

  it('a project that the server sends elsewhere for is absent: what the other index has is not here', async () => {
    await using other = await uploadServer();
    other.store(sdist, 'content', 'foo');
    await using at = await uploadServer({ fallback: other.server.origin });
    const destination = await connectOver(at);
    expect(await destination.list(foo)).toMatchObject({ present: false, files: [] });
    expect(await destination.put(await requestFor())).toMatchObject({ outcome: 'done' });
    expect(at.bytesOf(sdist)?.toString()).toBe('content');
  });

  it('says what of a page is no distribution of the project', async () => {
    server.store('bar-1.0.tar.gz', 'other', 'foo');
    server.store(sdist, 'content', 'foo');
    const listed = await (await connectOver(server)).list(foo);
    expect(listed.files.map(({ filename }) => filename)).toEqual([sdist]);
    expect(listed.warnings).toEqual([expect.stringContaining('bar-1.0.tar.gz is left alone')]);
  });
});

describe('an answer before the end of the upload', () => {
  it('is read, and stops the upload', async () => {
    await using early = await scriptedServer(
      {},
      { early: ({ method }) => (method === 'POST' ? { status: 413, reason: 'Too big for me' } : undefined) },
    );
    const destination = await connect('pypi', { url: early.url('/up/') });
    const request = await requestFor('x'.repeat(20_000_000));
    await expect(destination.put(request)).rejects.toMatchObject({ code: 'TOO_LARGE', message: expect.stringContaining('Too big for me') });
  });
});

describe('register', () => {
  const request = { name: foo, file: wantedFile(foo, sdist, 'content'), metadata: coreMetadata({ name: 'foo', version: '1.0' }) };

  it('is nothing to do on PyPI and pypiserver, and unsupported elsewhere; none of them is asked', async () => {
    expect(await (await connect('pypi')).register(request)).toEqual({ outcome: 'not-needed' });
    expect(await (await connect('pypiserver')).register(request)).toEqual({ outcome: 'not-needed' });
    expect(await (await connect('generic')).register(request)).toEqual({ outcome: 'unsupported' });
    expect(server.server.requests).toEqual([]);
  });
});

describe('remove', () => {
  it('is unsupported where the server cannot, and says why', async () => {
    server.store(sdist, 'content', 'foo');
    const destination = await connect('azure');
    await expect(destination.remove({ name: foo, file: await existing(destination) })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('whole versions'),
    });
  });
});

describe('on devpi', () => {
  /** A stage with one project, in memory. */
  async function stage(volatile: boolean, files: Record<string, string>, more: Routes = {}) {
    const devpi = await scriptedServer();
    const links = (): object => ({
      '1.0': {
        '+links': Object.entries(files).map(([filename, content]) => ({
          rel: 'releasefile',
          href: devpi.url(`/ci/stage/+f/aa/bb/${filename}`),
          hashes: { sha256: digestsOf(content).sha256 },
        })),
      },
    });
    devpi.use({
      'GET /ci/stage?no_projects=': { json: { type: 'indexconfig', result: { type: 'stage', volatile } } },
      'GET /ci/stage/foo?ignore_bases': () => ({ json: { type: 'projectconfig', result: links() } }),
      'POST /ci/stage/': {},
      [`DELETE /ci/stage/+f/aa/bb/${sdist}`]: { json: { message: 'file deleted' } },
      ...more,
    });
    const destination = await connectUpload({
      name: 'corp',
      url: devpi.url('/ci/stage/'),
      server: 'devpi',
      http,
      indexAt: () => indexOf(server, ''),
    });
    const writes = () => devpi.requests.filter(({ method }) => method !== 'GET');
    return { devpi, destination, writes, [Symbol.asyncDispose]: () => devpi.close() };
  }

  it('registering sends the metadata without a file', async () => {
    await using at = await stage(false, {});
    const metadata = coreMetadata({ name: 'foo', version: '1.0' });
    expect(await at.destination.register({ name: foo, file: wantedFile(foo, sdist, 'content'), metadata })).toMatchObject({
      outcome: 'done',
    });
    const [sent] = at.writes();
    const parts = parseMultipart(sent?.headers['content-type'], sent?.body ?? Buffer.alloc(0));
    expect(parts[0]).toMatchObject({ name: ':action', value: Buffer.from('submit') });
    expect(parts.map(({ name }) => name)).toEqual(expect.arrayContaining(['name', 'version']));
    expect(parts.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['content']));
    expect(parts.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['filetype']));
  });

  it('what an index inherits is told apart where it is asked for, and is never its own', async () => {
    await using base = await stage(
      true,
      { [sdist]: 'content' },
      {
        'GET /ci/stage?no_projects=': { json: { type: 'indexconfig', result: { type: 'stage', volatile: true, bases: ['root/pypi'] } } },
      },
    );
    const page = (address: string): string =>
      `<!DOCTYPE html><html><body>${[`/ci/stage/+f/aa/bb/${sdist}`, '/root/pypi/+f/cc/dd/foo-2.0.tar.gz']
        .map((path) => `<a href="${new URL(path, address).href}">${path.split('/').at(-1) ?? ''}</a>`)
        .join('')}</body></html>`;
    const asked: string[] = [];
    const destination = await connectUpload({
      name: 'corp',
      url: base.devpi.url('/ci/stage/'),
      server: 'devpi',
      http,
      indexAt: (location) => {
        asked.push(location);
        return simpleIndex({ name: 'corp', location, http });
      },
    });
    base.devpi.use({
      'GET /ci/stage/foo': { json: { type: 'projectconfig', result: { '1.0': { '+links': [] } } } },
      'GET /ci/stage/+simple/foo/': { body: page(base.devpi.origin), headers: { 'content-type': 'text/html' } },
    });
    expect(asked).toEqual([base.devpi.url('/ci/stage/+simple/')]);
    expect((await destination.list(foo)).inherited).toBeUndefined();
    expect(base.devpi.log().some((line) => line.includes('+simple'))).toBe(false);
    expect(await destination.list(foo, undefined, { inherited: true })).toMatchObject({
      files: [],
      inherited: [{ filename: 'foo-2.0.tar.gz', from: 'root/pypi' }],
    });
  });

  it('a volatile index replaces the bytes that were listed', async () => {
    await using at = await stage(true, { [sdist]: 'old' });
    expect(await at.destination.put(await requestFor('content', { replaces: await existing(at.destination) }))).toMatchObject({
      outcome: 'done',
    });
    expect(at.writes()).toHaveLength(1);
  });

  it('nothing is replaced that has changed since, or is gone', async () => {
    await using at = await stage(true, { [sdist]: 'changed' });
    const replaces = { ...(await existing(at.destination)), hashes: digestsOf('old') };
    await expect(at.destination.put(await requestFor('content', { replaces }))).rejects.toMatchObject({ code: 'CONFLICT' });
    await using empty = await stage(true, {});
    await expect(empty.destination.put(await requestFor('content', { replaces }))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect([...at.writes(), ...empty.writes()]).toEqual([]);
  });

  it('a volatile index is looked at before each upload', async () => {
    await using at = await stage(true, { [sdist]: 'theirs' });
    await expect(at.destination.put(await requestFor())).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(at.writes()).toEqual([]);
  });

  it.each([
    [true, ''],
    [false, '?force'],
  ])('a file is deleted by its URL (volatile: %j)', async (volatile, query) => {
    await using at = await stage(volatile, { [sdist]: 'content' });
    expect(await at.destination.remove({ name: foo, file: await existing(at.destination) })).toMatchObject({
      outcome: 'done',
      status: 200,
    });
    expect(at.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([`DELETE /ci/stage/+f/aa/bb/${sdist}${query}`]);
  });

  it('nothing is deleted that has changed since, and nothing asked for what is gone', async () => {
    await using at = await stage(true, { [sdist]: 'content' });
    const file = await existing(at.destination);
    await expect(at.destination.remove({ name: foo, file: { ...file, hashes: digestsOf('other') } })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(at.destination.remove({ name: foo, file: { ...file, hashes: {} } })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await at.destination.remove({ name: foo, file: { ...file, filename: 'foo-2.0.tar.gz' } })).toEqual({ outcome: 'done' });
    expect(at.writes()).toEqual([]);
  });

  it.each([
    [404, 'done'],
    [410, 'done'],
    [500, 'unclear'],
    [429, 'unclear'],
  ])('%i to a deletion is %s', async (status, outcome) => {
    await using at = await stage(true, { [sdist]: 'content' }, { [`DELETE /ci/stage/+f/aa/bb/${sdist}`]: { status } });
    expect(await at.destination.remove({ name: foo, file: await existing(at.destination) })).toMatchObject({ outcome, status });
  });

  it('a deletion without answer is unclear, one that is forbidden an error', async () => {
    await using dropped = await stage(true, { [sdist]: 'content' }, { [`DELETE /ci/stage/+f/aa/bb/${sdist}`]: { drop: true } });
    expect(await dropped.destination.remove({ name: foo, file: await existing(dropped.destination) })).toMatchObject({
      outcome: 'unclear',
    });
    await using forbidden = await stage(true, { [sdist]: 'content' }, { [`DELETE /ci/stage/+f/aa/bb/${sdist}`]: { status: 403 } });
    await expect(forbidden.destination.remove({ name: foo, file: await existing(forbidden.destination) })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});

describe('connectUpload', () => {
  it('finds pypiserver out by one look', async () => {
    await using welcoming = await scriptedServer({ '/': { body: '<title>Welcome to pypiserver!</title>' } });
    expect((await connect('auto', { url: welcoming.url('/') })).kind).toBe('pypiserver');
    expect(welcoming.log()).toEqual(['GET /']);
  });

  it('finds devpi out and asks for its index', async () => {
    await using devpi = await scriptedServer(({ path }) => ({
      headers: { 'x-devpi-server-version': '6.20.3' },
      ...(path === '/ci/stage?no_projects='
        ? { json: { type: 'indexconfig', result: { type: 'stage', volatile: false } } }
        : { status: 404 }),
    }));
    const destination = await connect('auto', { url: devpi.url('/ci/stage') });
    expect(destination.kind).toBe('devpi 6.20.3, non-volatile index');
    expect(destination.address).toBe(devpi.url('/ci/stage'));
  });

  it('uses a client without credentials for the first look', async () => {
    await using guarded = await scriptedServer({ '/': { body: 'Welcome' } });
    const client = httpClientFor({ credentials: credentialFor(guarded.origin, 'ci', 'pw') });
    await connectUpload({
      name: 'corp',
      url: guarded.url('/'),
      server: 'auto',
      http: client,
      anonymousHttp: http,
      indexAt: () => indexOf(server, ''),
    });
    await client.close();
    expect(guarded.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('asks nobody where the kind is configured', async () => {
    const asked: string[] = [];
    const destination = await connectUpload({
      name: 'corp',
      url: 'https://index.invalid/pypi/',
      server: 'pypiserver',
      http,
      indexAt: (simpleUrl) => {
        asked.push(simpleUrl);
        return indexOf(server, simpleUrl);
      },
    });
    expect(destination).toMatchObject({
      name: 'corp',
      type: 'upload',
      address: 'https://index.invalid/pypi/',
      kind: 'pypiserver',
      stagingFolder: undefined,
    });
    expect(asked).toEqual(['https://index.invalid/pypi/simple/']);
  });

  it('prefers the configured simple API', async () => {
    const asked: string[] = [];
    const indexAt = (simpleUrl: string) => {
      asked.push(simpleUrl);
      return indexOf(server, simpleUrl);
    };
    await connectUpload({
      name: 'corp',
      url: 'https://index.invalid/up/',
      simpleUrl: 'https://other.invalid/s/',
      server: 'generic',
      http,
      indexAt,
    });
    expect(asked).toEqual(['https://other.invalid/s/']);
  });

  it('refuses an address that cannot be a devpi index', async () => {
    await expect(connect('devpi', { url: 'https://devpi.invalid/' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('refuses an address of the simple API', async () => {
    await expect(connect('auto', { url: 'https://pypi.org/simple/' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
