import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Distribution, RemoteDistribution, Repository } from '../../../src/index.ts';
import type { RepositoryOptions } from '../../../src/index.ts';
import { sdistBytes, wheelBytes } from '../../support/archives.ts';
import { collect } from '../../support/collect.ts';
import { failureOf } from '../../support/http.ts';
import { demoSdist, demoWheel, smallIndex } from '../../support/small-index.ts';
import { digest, sourceServer, type OfferedFile, type SourceServer } from '../../support/source-server.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { uploadServer, type UploadServer, type UploadServerOptions } from '../../support/upload-server.ts';

const newFolder = temporaryFolders();
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const retry = { attempts: 1 };
const credentials = { username: 'ci', password: 'canary-5ecret' };

function repository(url: string, options: RepositoryOptions = {}): Repository {
  const made = new Repository(url, { retry, ...options });
  open.push(made);
  return made;
}

async function source(projects: Record<string, readonly OfferedFile[]> = smallIndex()): Promise<SourceServer> {
  const server = await sourceServer(projects);
  open.push(server);
  return server;
}

async function destination(options: UploadServerOptions = {}): Promise<UploadServer> {
  const server = await uploadServer(options);
  open.push(server);
  return server;
}

async function stored({ filename, bytes }: { filename: string; bytes: Uint8Array }): Promise<Distribution> {
  const path = join(await newFolder(), filename);
  await writeFile(path, bytes);
  return Distribution.open(path);
}

async function filenames(distributions: AsyncIterable<RemoteDistribution>): Promise<readonly string[]> {
  return (await collect(distributions)).map(({ filename }) => filename);
}

const alpha = (version: string) => stored(demoWheel('alpha', version));

describe('Repository', () => {
  describe('addresses', () => {
    it('reads a simple API, and the root above it alike', async () => {
      const { url } = await source();
      expect(await filenames(repository(url).distributions('beta'))).toEqual(['beta-0.5-py3-none-any.whl']);
      expect(await filenames(repository(new URL('..', url).href).distributions('beta'))).toEqual(['beta-0.5-py3-none-any.whl']);
    });

    it('is written at the root where it was given its simple API', async () => {
      const server = await destination();
      const result = await repository(server.simpleUrl).upload(await alpha('1.0'));
      expect(result).toEqual({ outcome: 'done', status: 200, reason: 'OK' });
      expect(server.files.map(({ filename }) => filename)).toEqual(['alpha-1.0-py3-none-any.whl']);
    });

    it('asks a server nothing but pages and files while it is only read', async () => {
      const server = await source();
      const [first] = await collect(repository(server.url, { server: 'devpi' }).distributions('beta'));
      await first!.download({ to: await newFolder() });
      expect(server.server.log()).toEqual(['GET /simple/beta/', 'GET /files/beta/beta-0.5-py3-none-any.whl']);
    });

    it.each(['ftp://x.example/', '', 's3://bucket/'])('refuses %j', (url) => {
      expect(() => new Repository(url)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    });

    it('refuses credentials for a folder, and a password beside a token', () => {
      expect(() => new Repository('/tmp/x', credentials)).toThrow(expect.objectContaining({ code: 'USAGE' }));
      expect(() => new Repository('https://x.example/', { password: 'a', token: 'b' })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    });
  });

  describe('credentials', () => {
    it('show in no print-out', () => {
      const made = [
        new Repository('https://x.example/simple/', credentials),
        new Repository('https://ci:canary-5ecret@x.example/simple/'),
        new Repository('https://x.example/', { token: 'canary-5ecret' }),
      ];
      for (const one of made) {
        const shown = [inspect(one, { depth: 20, showHidden: true }), JSON.stringify(one), String(one), one.url].join('\n');
        expect(shown).not.toContain('canary-5ecret');
        expect(shown).toContain('x.example');
      }
    });

    it('go to the origin of the repository, and not where its files lie', async () => {
      const elsewhere = await source({ alpha: [demoWheel('alpha', '1.0')] });
      const file = demoWheel('alpha', '1.0');
      const url = `${new URL(elsewhere.url).origin}/files/alpha/${file.filename}`;
      const server = await source({ alpha: [{ ...file, claims: { url } }] });
      const [dist] = await collect(repository(server.url, credentials).distributions('alpha'));
      await dist!.download({ to: await newFolder() });
      expect(server.server.requests.map(({ headers }) => headers.authorization)).toEqual([`Basic ${btoa('ci:canary-5ecret')}`]);
      expect(elsewhere.server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    });

    it('are sent as given by user and password, by token, or in the URL', async () => {
      const server = await source();
      const { host } = new URL(server.url);
      await collect(repository(server.url, { token: 'tk' }).distributions('beta'));
      await collect(repository(`http://u:p%40@${host}/simple/`).distributions('beta'));
      await collect(repository(server.url, { username: 'me', token: 'tk' }).distributions('beta'));
      const sent = server.server.requests.map(({ headers }) => atob((headers.authorization ?? '').replace('Basic ', '')));
      expect(sent).toEqual(['__token__:tk', 'u:p@', 'me:tk']);
    });
  });

  describe('distributions', () => {
    it('come newest version first, within a version by filename, without pre-releases', async () => {
      const { url } = await source();
      const names = await filenames(repository(url).distributions('Alpha'));
      expect(names).toEqual(['alpha-1.1-py3-none-any.whl', 'alpha-1.0-py3-none-any.whl', 'alpha-1.0.tar.gz']);
    });

    it('tell what the index says of them', async () => {
      const file = demoWheel('beta', '0.5', { requiresPython: '>=3.8', uploadTime: '2024-01-01T00:00:00Z', yanked: 'broken' });
      const { url } = await source({ beta: [file] });
      const [dist] = await collect(repository(url).distributions('beta==0.5'));
      expect(JSON.parse(JSON.stringify(dist))).toEqual({
        name: 'beta',
        version: '0.5',
        filename: file.filename,
        packageType: 'bdist_wheel',
        pyversion: 'py3',
        hashes: { sha256: digest('sha256', file.bytes) },
        size: file.bytes.length,
        requiresPython: '>=3.8',
        yanked: { reason: 'broken' },
        uploadTime: '2024-01-01T00:00:00Z',
        url: `${new URL(url).origin}/files/beta/${file.filename}`,
      });
      expect(dist!.md5Digest).toBeUndefined();
    });

    it.each<readonly [string, string | readonly string[], object, readonly string[]]>([
      ['several specifiers', 'alpha>=1,<1.1', {}, ['1.0', '1.0']],
      ['a pre-release that is named', 'alpha>=2.0rc1', {}, ['2.0rc1']],
      ['pre-releases on request', 'alpha', { prereleases: true, latest: 1 }, ['2.0rc1']],
      ['several excludes', 'alpha', { exclude: ['==1.0', 'alpha==1.1'], prereleases: true }, ['2.0rc1']],
      ['an exclude for another project', 'alpha', { exclude: ['beta==1.1'], latest: 1 }, ['1.1']],
      ['an exclude of the whole project', 'alpha', { exclude: 'Alpha' }, []],
      ['the latest version', 'alpha', { latest: 1 }, ['1.1']],
      ['several requirements of one project', ['alpha==1.0', 'alpha==1.1'], { files: ['wheel'] }, ['1.1', '1.0']],
      ['several projects', ['beta', 'alpha==1.1'], {}, ['0.5', '1.1']],
      ['no project of that name', 'gamma', {}, []],
    ])('follow %s', async (_what, spec, options, versions) => {
      const { url } = await source();
      expect((await collect(repository(url).distributions(spec, options))).map(({ version }) => version)).toEqual(versions);
    });

    it('serve the targets', async () => {
      const files = ['cp312-cp312-win_amd64', 'cp312-cp312-manylinux_2_17_x86_64', 'cp39-cp39-manylinux_2_17_x86_64'];
      const { url } = await source({ alpha: files.map((tag) => demoWheel('alpha', '1.0', { tag })) });
      const targets = { python: '3.12', platform: 'manylinux_2_28_x86_64' };
      const names = await filenames(repository(url).distributions('alpha', { targets }));
      expect(names).toEqual(['alpha-1.0-cp312-cp312-manylinux_2_17_x86_64.whl']);
    });

    it('leave yanked files out unless they are asked for', async () => {
      const { url } = await source({ alpha: [demoWheel('alpha', '1.0'), demoWheel('alpha', '1.1', { yanked: true })] });
      const versions = async (...args: Parameters<Repository['distributions']>) =>
        (await collect(repository(url).distributions(...args))).map(({ version }) => version);
      expect(await versions('alpha')).toEqual(['1.0']);
      expect(await versions('alpha==1.1')).toEqual(['1.1']);
      expect(await versions('alpha', { yanked: 'include' })).toEqual(['1.1', '1.0']);
    });

    it.each(['alpha[extra]', 'alpha; python_version < "3"', 'alpha @ https://u:canary-5ecret@x.example/a.whl'])(
      'refuse %s, which is no choice of files',
      async (spec) => {
        const error = await failureOf(collect(repository('https://x.example/').distributions(spec)));
        expect(error).toMatchObject({ code: 'USAGE', message: expect.not.stringContaining('canary') });
      },
    );

    it('fail where the index does, and never look empty', async () => {
      const server = await source();
      server.pages.set('alpha', { status: 403 });
      expect(await failureOf(collect(repository(server.url).distributions('alpha')))).toMatchObject({ code: 'FORBIDDEN' });
      expect(await failureOf(collect(repository((await newFolder()) + '/none').distributions('alpha')))).toMatchObject({
        code: 'FILE_SYSTEM',
      });
    });

    it('stop at an abort', async () => {
      const server = await source();
      server.pages.set('alpha', { hang: true });
      const controller = new AbortController();
      const listing = collect(repository(server.url).distributions('alpha', { signal: controller.signal }));
      const reason = new Error('enough');
      controller.abort(reason);
      expect(await failureOf(listing)).toMatchObject({ code: 'INTERRUPTED', cause: reason });
    });
  });

  it('streams the names of all projects', async () => {
    const { url } = await source();
    expect(await collect(repository(url).projects())).toEqual(['alpha', 'beta']);
  });

  it('tells a project without matching files from one that is not there', async () => {
    const { url } = await source();
    const repo = repository(url);
    expect(await repo.project('gamma')).toBeUndefined();
    const project = await repo.project('Alpha');
    expect(project).toMatchObject({ name: 'alpha', status: { status: 'active' }, skipped: [], warnings: [] });
    expect(project!.distributions.map(({ version }) => version)).toEqual(['2.0rc1', '1.1', '1.0', '1.0']);
  });

  it('fails after it was closed', async () => {
    const { url } = await source();
    const repo = repository(url);
    await repo.close();
    expect(await failureOf(collect(repo.distributions('alpha')))).toMatchObject({ code: 'USAGE' });
  });

  describe('upload', () => {
    it('sends a file and confirms it by the listing', async () => {
      const server = await destination({ credentials });
      const dist = await alpha('1.0');
      let bytes = 0;
      const repo = repository(server.url, credentials);
      expect(await repo.upload(dist, { onBytes: (count) => (bytes += count) })).toEqual({ outcome: 'done', status: 200, reason: 'OK' });
      expect(server.bytesOf(dist.filename)?.equals(await readFile(dist.path))).toBe(true);
      expect(bytes).toBeGreaterThan(dist.size);
      expect(await filenames(repo.distributions('alpha'))).toEqual([dist.filename]);
    });

    it('sends nothing where the same bytes are there', async () => {
      const server = await destination();
      const dist = await alpha('1.0');
      server.store(dist.filename, await readFile(dist.path), 'alpha');
      const repo = repository(server.url);
      expect(await repo.upload(dist)).toEqual({ outcome: 'not-needed', reason: 'it is there already, with the same sha256' });
      expect(await failureOf(repo.upload(dist, { skipExisting: false }))).toMatchObject({ code: 'FILE_EXISTS' });
      expect(server.uploads).toBe(0);
    });

    it('never replaces other bytes, and names both digests', async () => {
      const server = await destination();
      server.mode = 'overwrite';
      const dist = await alpha('1.0');
      server.store(dist.filename, 'other', 'alpha');
      const error = await failureOf(repository(server.url).upload(dist));
      expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(dist.hashes.sha256) });
      expect(error.message).toContain(digest('sha256', Buffer.from('other')));
      expect(server.uploads).toBe(0);
    });

    it.each([
      ['the same', 'not-needed'],
      ['other', 'CONFLICT'],
    ])('reads the file where the listing offers no digest: %s bytes', async (bytes, expected) => {
      const server = await destination();
      server.listing = 'bare';
      const dist = await alpha('1.0');
      server.store(dist.filename, bytes === 'other' ? 'other' : await readFile(dist.path), 'alpha');
      const upload = repository(server.url).upload(dist);
      if (expected === 'CONFLICT') expect(await failureOf(upload)).toMatchObject({ code: expected });
      else expect(await upload).toMatchObject({ outcome: expected });
      expect(server.uploads).toBe(0);
    });

    it.each(['store-then-500', 'store-then-drop'] as const)('lets the listing decide after an unclear answer: %s', async (mode) => {
      const server = await destination();
      server.mode = mode;
      expect(await repository(server.url).upload(await alpha('1.0'))).toMatchObject({ outcome: 'done' });
      expect(server.uploads).toBe(1);
    });

    it('does not believe a listing with other bytes', async () => {
      const server = await destination();
      server.listing = 'lies';
      expect(await failureOf(repository(server.url).upload(await alpha('1.0')))).toMatchObject({ code: 'INTEGRITY' });
    });

    it('breaks off where the file has changed since it was opened', async () => {
      const server = await destination();
      const dist = await alpha('1.0');
      await writeFile(dist.path, demoWheel('alpha', '1.0', { requires: ['changed'] }).bytes);
      expect(await failureOf(repository(server.url).upload(dist))).toMatchObject({ code: 'INTEGRITY' });
      expect(server.files).toEqual([]);
    });

    it('says who refused it', async () => {
      const server = await destination({ credentials });
      expect(await failureOf(repository(server.url).upload(await alpha('1.0')))).toMatchObject({ code: 'UNAUTHORIZED' });
    });

    it('sends old-style files by their names', async () => {
      const server = await destination();
      const dist = await stored(sdistBytes({ name: 'old', version: '0.1', metadata: false }));
      expect(dist.metadata.summary).toBe('UNKNOWN');
      expect(await repository(server.url).upload(dist)).toMatchObject({ outcome: 'done' });
      expect(server.files[0]).toMatchObject({ project: 'old', fields: { name: ['old'], version: ['0.1'], filetype: ['sdist'] } });
    });
  });

  describe('register', () => {
    it('is not needed where files make projects', async () => {
      const server = await destination();
      const result = await repository(server.url, { server: 'pypiserver' }).register(await alpha('1.0'));
      expect(result).toMatchObject({ outcome: 'not-needed', reason: expect.stringContaining('pypiserver') });
      expect(server.server.log().filter((line) => line.startsWith('POST'))).toEqual([]);
    });
  });

  describe('a folder', () => {
    it('becomes an index that can be read again, and keeps a copy of its own', async () => {
      const folder = join(await newFolder(), 'mirror');
      const repo = repository(folder);
      const dist = await stored(wheelBytes({ name: 'alpha', version: '1.0', requiresPython: '>=3.9' }));
      expect(await repo.register(dist)).toMatchObject({ outcome: 'done' });
      expect(await repo.register(dist)).toMatchObject({ outcome: 'not-needed' });
      expect(await repo.upload(dist)).toMatchObject({ outcome: 'done' });
      expect(await repo.upload(dist)).toMatchObject({ outcome: 'not-needed' });
      await writeFile(dist.path, 'changed');
      const [remote] = await collect(repo.distributions('alpha'));
      expect(remote).toMatchObject({ hashes: { sha256: dist.hashes.sha256 }, requiresPython: '>=3.9' });
      const again = await remote!.download({ to: await newFolder() });
      expect(again.hashes).toEqual(dist.hashes);
      expect(await readdir(join(folder, '.pkgsync'))).not.toContain('lease.json');
    });

    it('takes files in parallel and lists them all', async () => {
      const repo = repository(join(await newFolder(), 'mirror'));
      const dists = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => stored(demoWheel(name, '1.0'))));
      await Promise.all(dists.map((dist) => repo.upload(dist)));
      expect((await collect(repo.projects())).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it('does not replace other bytes', async () => {
      const repo = repository(join(await newFolder(), 'mirror'));
      await repo.upload(await alpha('1.0'));
      const other = await stored(demoWheel('alpha', '1.0', { requires: ['other'] }));
      expect(await failureOf(repo.upload(other))).toMatchObject({ code: 'CONFLICT' });
    });

    it('of loose files is read, and not turned into an index', async () => {
      const folder = await newFolder();
      const file = demoSdist('alpha', '1.0');
      await writeFile(join(folder, file.filename), file.bytes);
      const repo = repository(folder);
      expect(await filenames(repo.distributions('alpha'))).toEqual([file.filename]);
      expect(await failureOf(repo.upload(await alpha('2.0')))).toMatchObject({ code: 'USAGE' });
      expect(await readdir(folder)).toEqual([file.filename]);
    });
  });
});

describe('RemoteDistribution.diff', () => {
  const files = async (projects: Record<string, readonly OfferedFile[]>) =>
    await collect(repository((await source(projects)).url).distributions('alpha'));

  it('tells what b lacks, by name and digest', async () => {
    const a = await files({ alpha: [demoWheel('alpha', '1.0'), demoWheel('alpha', '1.1'), demoWheel('alpha', '1.2')] });
    const b = await files({ alpha: [demoWheel('alpha', '1.0'), demoWheel('alpha', '1.1', { requires: ['other'] })] });
    expect(RemoteDistribution.diff(a, b).map(({ version }) => version)).toEqual(['1.2', '1.1']);
    expect(RemoteDistribution.diff(a, a)).toEqual([]);
  });

  it('takes listings as they come', async () => {
    const { url } = await source();
    const repo = repository(url);
    const lacking = await RemoteDistribution.diff(repo.distributions('alpha'), repo.distributions('gamma'));
    expect(lacking).toHaveLength(3);
  });

  it('knows a file under another spelling of its name', () => {
    const file = wheelBytes({ name: 'my.alpha', version: '1.0' });
    const hashes = { sha256: digest('sha256', file.bytes) };
    const name = 'my-alpha' as RemoteDistribution['name'];
    const [a, b] = ['my_alpha-1.0-py3-none-any.whl', 'My.Alpha-1.0.0-py3-none-any.whl'].map((filename) => ({ name, filename, hashes }));
    expect(RemoteDistribution.diff([a!], [b!])).toEqual([]);
  });

  it('never takes for there what cannot be compared', () => {
    const name = 'alpha' as RemoteDistribution['name'];
    const filename = 'alpha-1.0.tar.gz';
    const ours = { name, filename, hashes: { sha256: 'aa' } };
    expect(RemoteDistribution.diff([ours], [{ name, filename, hashes: {} }])).toEqual([ours]);
  });
});

describe('RemoteDistribution.stream', () => {
  it('fails at its end where the bytes are not those of the digest', async () => {
    const file = demoWheel('alpha', '1.0', { claims: { sha256: 'a'.repeat(64) } });
    const { url } = await source({ alpha: [file] });
    const [dist] = await collect(repository(url).distributions('alpha'));
    expect(await failureOf(collect(dist!.stream()))).toMatchObject({ code: 'INTEGRITY' });
    const sink = new PassThrough().resume();
    expect(await failureOf(dist!.download({ to: sink }))).toMatchObject({ code: 'INTEGRITY' });
  });

  it('gives the bytes, and their measure to who downloads into a stream', async () => {
    const file = demoWheel('alpha', '1.0');
    const { url } = await source({ alpha: [file] });
    const [dist] = await collect(repository(url).distributions('alpha'));
    expect(Buffer.concat((await collect(dist!.stream())) as Buffer[]).equals(file.bytes)).toBe(true);
    const sink = new PassThrough();
    const chunks = collect(sink);
    expect(await dist!.download({ to: sink })).toMatchObject({ size: file.bytes.length, hashes: { sha256: digest('sha256', file.bytes) } });
    expect(Buffer.concat((await chunks) as Buffer[]).equals(file.bytes)).toBe(true);
  });
});
