import { createHash } from 'node:crypto';
import { link, lstat, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DownloadedFile } from '../../../src/library/download.ts';
import { Repository } from '../../../src/library/repository.ts';
import { collect } from '../../support/collect.ts';
import { failureOf } from '../../support/http.ts';
import { scriptedServer, type Reply, type ScriptedServer } from '../../support/scripted-server.ts';
import { sdistBytes } from '../../support/archives.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

// Bytes that do not compress, so that the file is some kilobytes long.
const filler = Buffer.alloc(40_000, createHash('sha512').update('x').digest());
const { filename, bytes } = sdistBytes({ name: 'big', version: '1.0', files: { 'data.bin': filler }, extension: '.tar' });
const sha256 = createHash('sha256').update(bytes).digest('hex');
const half = 20_000;

interface Offer {
  readonly ranges?: boolean;
  readonly hashes?: Readonly<Record<string, string>>;
  readonly size?: boolean;
  /** Cuts the connection after that many bytes of the first answer, and takes no more until `healed`. */
  readonly cutAt?: number;
}

interface Host {
  readonly server: ScriptedServer;
  /** `Range` headers of the requests for the file so far, '' for none. */
  ranges(): readonly string[];
  heal(): void;
  /** The next answer has other bytes. */
  garble(): void;
}

/** An index with one file, on a server that can give ranges, and can fail. */
async function host(offer: Offer = {}): Promise<Host> {
  let broken = offer.cutAt !== undefined;
  let cut = 0;
  let garbled = false;
  const server = await scriptedServer((request): Reply => {
    if (request.path === '/simple/big/') {
      const file = { filename, url: '/file', hashes: offer.hashes ?? { sha256 }, ...(offer.size === false ? {} : { size: bytes.length }) };
      const page = { meta: { 'api-version': '1.1' }, name: 'big', files: [file] };
      return { body: JSON.stringify(page), headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' } };
    }
    if (garbled) {
      garbled = false;
      return { body: Buffer.alloc(bytes.length) };
    }
    if (broken && cut > 0) return { drop: true };
    const reply = ranged(request.headers.range, offer.ranges !== false);
    if (!broken) return reply;
    cut += 1;
    return { ...reply, dropAfter: offer.cutAt ?? 0 };
  });
  open.push(server);
  return {
    server,
    ranges: () => server.requests.filter(({ path }) => path === '/file').map(({ headers }) => headers.range ?? ''),
    heal: () => (broken = false),
    garble: () => (garbled = true),
  };
}

function ranged(range: string | undefined, allowed: boolean): Reply {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 'NaN');
  if (!allowed || Number.isNaN(start)) return { body: bytes };
  if (start >= bytes.length) return { status: 416 };
  return { status: 206, body: bytes.subarray(start), headers: { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } };
}

interface Run {
  readonly onBytes?: (count: number) => void;
  readonly resume?: boolean;
  readonly warnings?: string[];
  readonly signal?: AbortSignal;
}

/** Downloads with a repository of its own, as a new process would. */
async function download({ server }: Host, folder: string, { warnings = [], ...run }: Run = {}): Promise<DownloadedFile> {
  const sleep = () => Promise.resolve();
  const repository = new Repository(server.url('/simple/'), { retry: { attempts: 1, sleep }, onWarning: (text) => warnings.push(text) });
  open.push(repository);
  const [dist] = await collect(repository.distributions('big'));
  return dist!.downloadFile({ to: folder, ...run });
}

async function expectWhole(folder: string): Promise<void> {
  expect(await readdir(folder)).toEqual([filename]);
  expect((await readFile(join(folder, filename))).equals(bytes)).toBe(true);
}

/** A folder in which a download broke off after half of the file. */
async function halfDone(there: Host): Promise<string> {
  const folder = await newFolder();
  expect(await failureOf(download(there, folder))).toMatchObject({ code: 'UNREACHABLE' });
  there.heal();
  return folder;
}

async function partIn(folder: string): Promise<string> {
  const parts = (await readdir(folder)).filter((name) => name.endsWith('.part'));
  expect(parts).toHaveLength(1);
  return join(folder, parts[0]!);
}

describe('a download into a folder', () => {
  it('appears whole, readable by others, in a folder that it makes', async () => {
    const there = await host();
    const folder = join(await newFolder(), 'new', 'folder');
    let count = 0;
    const downloaded = await download(there, folder, { onBytes: (more) => (count += more) });
    expect(downloaded).toMatchObject({ path: join(folder, filename), outcome: 'downloaded', verified: true, size: bytes.length });
    expect(downloaded.hashes.sha256).toBe(sha256);
    expect(count).toBe(bytes.length);
    expect((await lstat(join(folder, filename))).mode & 0o777).toBe(0o644);
    await expectWhole(folder);
  });

  it('takes a file that is there with the right bytes as it is', async () => {
    const there = await host();
    const folder = await newFolder();
    await writeFile(join(folder, filename), bytes);
    expect(await download(there, folder)).toMatchObject({ outcome: 'present' });
    expect(there.ranges()).toEqual([]);
  });

  it.each([
    ['other bytes', (path: string) => writeFile(path, 'mine')],
    ['a folder', (path: string) => mkdir(path)],
    ['a link to nothing', (path: string) => symlink('nowhere', path)],
  ])('never replaces %s', async (_what, make) => {
    const there = await host();
    const folder = await newFolder();
    await make(join(folder, filename));
    expect(await failureOf(download(there, folder))).toMatchObject({ code: 'FILE_EXISTS' });
    expect(await readdir(folder)).toEqual([filename]);
    expect(there.ranges()).toEqual([]);
  });

  it('says so where the folder is a file', async () => {
    const there = await host({ hashes: {} });
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    const message = expect.stringContaining('there is something of that name that is no folder') as unknown;
    expect(await failureOf(download(there, file))).toMatchObject({ code: 'FILE_SYSTEM', message });
  });

  it('does not appear with other bytes than the digest says, and leaves nothing behind', async () => {
    const there = await host({ hashes: { sha256: 'b'.repeat(64) } });
    const folder = await newFolder();
    expect(await failureOf(download(there, folder))).toMatchObject({ code: 'INTEGRITY' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('looks a second time at bytes that are not the promised ones', async () => {
    const there = await host();
    there.garble();
    const folder = await newFolder();
    expect(await download(there, folder)).toMatchObject({ outcome: 'downloaded', verified: true });
    expect(there.ranges()).toEqual(['', '']);
    expect((await readFile(join(folder, filename))).equals(bytes)).toBe(true);
  });

  it('says that nothing vouches for a file without a digest', async () => {
    const there = await host({ hashes: {} });
    const folder = await newFolder();
    const warnings: string[] = [];
    expect(await download(there, folder, { warnings })).toMatchObject({ outcome: 'downloaded', verified: false });
    expect(warnings).toEqual([`${filename} was downloaded without verification: the index offers no digest for it`]);
    expect(await download(there, folder)).toMatchObject({ outcome: 'present', verified: false });
    await writeFile(join(folder, filename), 'mine');
    expect(await failureOf(download(there, folder))).toMatchObject({ code: 'FILE_EXISTS' });
  });

  it('leaves nothing behind where nothing came', async () => {
    const there = await host();
    there.server.use((request) => (request.path === '/file' ? { status: 404 } : ranged(undefined, false)));
    const page = await host();
    const folder = await newFolder();
    page.server.use((request) =>
      request.path === '/file'
        ? { status: 404 }
        : {
            body: JSON.stringify({ meta: {}, name: 'big', files: [{ filename, url: '/file', hashes: { sha256 } }] }),
            headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' },
          },
    );
    expect(await failureOf(download(page, folder))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a download that broke off', () => {
  it('is taken up where it ended', async () => {
    const there = await host({ cutAt: half });
    const folder = await halfDone(there);
    expect((await lstat(await partIn(folder))).size).toBe(half);
    const before = there.ranges().length;
    let count = 0;
    expect(await download(there, folder, { onBytes: (more) => (count += more) })).toMatchObject({ outcome: 'resumed', verified: true });
    expect(there.ranges().slice(before)).toEqual([`bytes=${half}-`]);
    expect(count).toBe(bytes.length);
    await expectWhole(folder);
  });

  it('is taken up where the index does not tell the size', async () => {
    const there = await host({ cutAt: half, size: false });
    const folder = await halfDone(there);
    expect(await download(there, folder)).toMatchObject({ outcome: 'resumed' });
    await expectWhole(folder);
  });

  it('is read from its beginning where the server gives no ranges', async () => {
    const there = await host({ cutAt: half, ranges: false });
    const folder = await halfDone(there);
    expect(await download(there, folder)).toMatchObject({ verified: true });
    expect(there.ranges().slice(-2)).toEqual([`bytes=${half}-`, '']);
    await expectWhole(folder);
  });

  it('is begun anew where what it left is not the beginning of the file', async () => {
    const there = await host({ cutAt: half });
    const folder = await halfDone(there);
    await writeFile(await partIn(folder), Buffer.alloc(half, 'x'));
    expect(await download(there, folder)).toMatchObject({ outcome: 'downloaded', verified: true });
    expect(there.ranges().slice(-2)).toEqual([`bytes=${half}-`, '']);
    await expectWhole(folder);
  });

  it.each([
    ['whole already', () => bytes],
    ['longer than the file', () => Buffer.concat([bytes, bytes])],
  ])('is finished where what it left is %s', async (_what, content) => {
    for (const size of [true, false]) {
      const there = await host({ cutAt: half, size });
      const folder = await halfDone(there);
      await writeFile(await partIn(folder), content());
      expect(await download(there, folder)).toMatchObject({ verified: true });
      await expectWhole(folder);
    }
  });

  it('is begun anew on request, and then leaves nothing behind', async () => {
    const there = await host({ cutAt: half });
    const folder = await newFolder();
    expect(await failureOf(download(there, folder, { resume: false }))).toMatchObject({ code: 'UNREACHABLE' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('by a process that was killed is taken up, one by a process that lives is left to it', async () => {
    const there = await host({ cutAt: half });
    const folder = await halfDone(there);
    const kept = await partIn(folder);
    const machine = createHash('sha256')
      .update((await import('node:os')).hostname())
      .digest('hex')
      .slice(0, 8);
    const ofProcess = (pid: number) => kept.replace(/\.part$/, `.${machine}-${pid}-1.part`);
    // No process has the highest number that the pattern takes; the parent of this one runs.
    await rename(kept, ofProcess(process.ppid));
    expect(await download(there, folder)).toMatchObject({ outcome: 'downloaded' });
    expect(await readdir(folder)).toContain(ofProcess(process.ppid).slice(folder.length + 1));

    const other = await newFolder();
    await rename(ofProcess(process.ppid), ofProcess(2 ** 22 + 1).replace(folder, other));
    expect(await download(there, other)).toMatchObject({ outcome: 'resumed' });
    await expectWhole(other);
  });
});

describe('a partial file that no download left', () => {
  /** The name under which the part is looked for, with `prepare` having put something there, beside a file that is nobody's business. */
  async function prepared(prepare: (part: string, precious: string) => Promise<unknown>) {
    const part = await partIn(await halfDone(await host({ cutAt: half })));
    const folder = await newFolder();
    const precious = join(await newFolder(), 'precious');
    await writeFile(precious, 'precious '.repeat(1000));
    await prepare(part.replace(/^.*\//, `${folder}/`), precious);
    const expectUntouched = async () => {
      expect(await readFile(precious, 'utf8')).toBe('precious '.repeat(1000));
    };
    return { folder, expectUntouched };
  }

  const links = {
    symbolic: (part: string, target: string) => symlink(target, part),
    hard: (part: string, target: string) => link(target, part),
  };
  it.each(Object.entries(links))('is not written through where it is a %s link', async (_kind, make) => {
    const { folder, expectUntouched } = await prepared(make);
    expect(await download(await host(), folder)).toMatchObject({ outcome: 'downloaded' });
    await expectUntouched();
    expect((await readFile(join(folder, filename))).equals(bytes)).toBe(true);
  });

  it('is not written through either when the download breaks off', async () => {
    const { folder, expectUntouched } = await prepared(links.symbolic);
    const there = await host({ cutAt: half });
    expect(await failureOf(download(there, folder))).toMatchObject({ code: 'UNREACHABLE' });
    await expectUntouched();
    there.heal();
    expect(await download(there, folder)).toMatchObject({ outcome: 'resumed' });
    await expectWhole(folder);
  });

  it("is in nobody's way where it is empty", async () => {
    const { folder } = await prepared((part) => writeFile(part, ''));
    expect(await download(await host(), folder)).toMatchObject({ outcome: 'downloaded' });
    await expectWhole(folder);
  });

  it("is in nobody's way where it is a folder", async () => {
    const { folder } = await prepared((part) => mkdir(part));
    const there = await host({ cutAt: half });
    expect(await failureOf(download(there, folder))).toMatchObject({ code: 'UNREACHABLE' });
    there.heal();
    expect(await download(there, folder)).toMatchObject({ outcome: 'downloaded' });
  });
});

describe('downloads of one file at the same time', () => {
  it('end with one whole file', async () => {
    const there = await host();
    const folder = await newFolder();
    const all = await Promise.all(Array.from({ length: 6 }, () => download(there, folder)));
    expect(all.map(({ hashes }) => hashes.sha256)).toEqual(Array(6).fill(sha256));
    await expectWhole(folder);
  });
});
