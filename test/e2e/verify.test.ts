import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { scriptedServer } from '../support/scripted-server.ts';
import type { Reply } from '../support/scripted-server.ts';
import { smallIndex } from '../support/small-index.ts';
import { digest, sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { uploadServer } from '../support/upload-server.ts';
import type { UploadServer } from '../support/upload-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

const alphaWheel = 'alpha-1.0-py3-none-any.whl';
const alphaSdist = 'alpha-1.0.tar.gz';

interface Summary {
  readonly [field: string]: unknown;
}
const summaryOf = (stdout: string): Summary => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Summary;

let source: SourceServer;
let folder: Workspace;
beforeEach(async () => {
  source = await sourceServer(smallIndex());
  folder = await workspace();
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

describe('verify of a directory', () => {
  const wheel = `mirror/packages/alpha/${alphaWheel}`;
  beforeEach(async () => {
    await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '>=1.0', beta: '*' } });
    expect((await folder.run('apply', '--yes')).code).toBe(0);
  });

  it('reads every byte and says so, asks no source and writes nothing', async () => {
    const before = await folder.files('.');
    const asked = source.server.requests.length;
    const { code, stdout } = await folder.run('verify');
    expect(stdout).toMatch(/^Verified \.\/mirror: 4 of 4 files checked byte by byte \([\d.]+ k?B\), 0 unverifiable, 0 missing\.$/m);
    expect(code).toBe(0);
    expect(await folder.files('.')).toEqual(before);
    expect(source.server.requests).toHaveLength(asked);
  });

  it('needs no credentials of the source', async () => {
    await folder.manifest({
      source: { url: source.url, auth: { username: 'ci', passwordEnv: 'NOBODY_SETS_THIS' } },
      destination: './mirror',
      packages: { alpha: '>=1.0', beta: '*' },
    });
    expect((await folder.run('verify')).code).toBe(0);
  });

  it('finds other bytes of the same size and time, which the remembered digest would hide', async () => {
    const path = folder.path(wheel);
    const { mtime, atime } = await stat(path);
    const bytes = await readFile(path);
    bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await utimes(path, atime, mtime);
    const { code, stdout } = await folder.run('verify');
    expect(stdout).toContain(`! digest-mismatch ${alphaWheel}  its bytes have sha256:${digest('sha256', bytes)} instead of sha256:`);
    expect(stdout).toContain('4 of 4 files checked byte by byte');
    expect(stdout).toContain('0 missing, 1 differing.');
    expect(stdout).toContain('digest-mismatch: find out who changed the file');
    expect(code).toBe(22);
  });

  it.each([
    ['a longer file', () => appendFile(folder.path(wheel), 'more'), 'size-mismatch', 22],
    ['a file that is gone', () => rm(folder.path(wheel)), 'missing', 2],
    ['a companion with other content', () => writeFile(folder.path(`${wheel}.metadata`), 'Name: evil\n'), 'metadata-mismatch', 22],
    ['a companion that is gone', () => rm(folder.path(`${wheel}.metadata`)), 'page-stale', 2],
    ['a page that is gone', () => rm(folder.path('mirror/simple/alpha/index.html')), 'page-stale', 2],
  ])('finds %s', async (_, damage, found, exit) => {
    await damage();
    const { code, stdout } = await folder.run('verify', '--json');
    expect(stdout.split('\n').map((line) => (line === '' ? undefined : (JSON.parse(line) as Summary)['class']))).toContain(found);
    expect(code).toBe(exit);
  });

  it('finds a page that gives another digest than the bytes have', async () => {
    const page = folder.path('mirror/simple/alpha/index.v1_json');
    const bytes = await readFile(folder.path(wheel));
    const text = await readFile(page, 'utf8');
    const wrong = text.replace(digest('sha256', bytes), 'a'.repeat(64));
    expect(wrong).not.toBe(text);
    await writeFile(page, wrong);
    const { code, stdout } = await folder.run('verify');
    expect(stdout).toContain(
      `listing-mismatch ${alphaWheel}  its bytes are the approved ones, and it is listed with sha256:${'a'.repeat(64)}`,
    );
    expect(code).toBe(22);
  });

  it('counts what the lock does not name, and judges it not', async () => {
    await folder.write('mirror/packages/alpha/alpha-0.1.tar.gz', 'foreign');
    const { stdout } = await folder.run('verify', '--json');
    expect(summaryOf(stdout)).toMatchObject({ type: 'verify-summary', checked: 4, of: 4, notInLock: 1, complete: true });
    expect(stdout).not.toContain('alpha-0.1');
  });

  it('looks at the named packages only', async () => {
    const { stdout, code } = await folder.run('verify', '--package', 'b*');
    expect(stdout).toContain('1 of 1 file checked');
    expect(code).toBe(0);
  });

  it('reads a lock in a folder, and answers 21 where there is none', async () => {
    expect((await folder.run('lock', '--lockfile', 'locks/')).code).toBe(0);
    expect((await folder.run('verify', '--lockfile', 'locks/')).stdout).toContain('4 of 4 files checked');
    const { code, stderr } = await folder.run('verify', '--lockfile', 'none.lock');
    expect(stderr).toContain('there is no lock none.lock');
    expect(code).toBe(21);
  });

  it('does not miss what has left the lock', async () => {
    await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '>=1.0' } });
    expect((await folder.run('lock')).code).toBe(0);
    await rm(folder.path('mirror/packages/beta'), { recursive: true });
    const { stdout, code } = await folder.run('verify');
    expect(stdout).toContain('3 of 3 files checked');
    expect(code).toBe(0);
  });
});

describe('verify of a server', () => {
  let target: UploadServer;
  let replies: Record<string, Reply>;
  const env = { INDEX_PASSWORD: 'canary-secret' };
  const run = (...args: string[]) => folder.runWith({ env }, 'verify', '--cache-dir', folder.path('cache'), ...args);
  const downloads = () =>
    target.server.requests.filter(({ path }) => path.startsWith('/files/')).map(({ path }) => path.slice('/files/'.length));

  beforeEach(async () => {
    replies = {};
    target = await uploadServer({ credentials: { username: 'ci', password: env.INDEX_PASSWORD }, strict: true, replies });
    await folder.manifest({
      source: source.url,
      destinations: {
        corp: { type: 'upload', url: target.url, server: 'generic', auth: { username: 'ci', passwordEnv: 'INDEX_PASSWORD' } },
      },
      packages: { alpha: '>=1.0', beta: '*' },
    });
    const { code, stderr } = await folder.runWith({ env }, 'apply', '--yes');
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
  afterEach(async () => {
    await target[Symbol.asyncDispose]();
  });

  it('compares listings without downloading', async () => {
    const { stdout, code } = await run();
    expect(stdout).toContain('Verified corp: 4 of 4 files checked by the digests that are listed, 0 unverifiable, 0 missing.');
    expect(code).toBe(0);
    expect(downloads()).toEqual([]);
  });

  it('downloads every file with --deep, keeps nothing, and begins anew after a run that came to its end', async () => {
    for (const round of [1, 2]) {
      const { stdout, code } = await run('--deep');
      expect(stdout).toMatch(/^Verified corp: 4 of 4 files checked byte by byte \([\d.]+ kB\), 0 unverifiable, 0 missing\.$/m);
      expect(code).toBe(0);
      expect(downloads()).toHaveLength(4 * round);
    }
    expect(await folder.files('cache')).toEqual([]);
    expect(target.uploads).toBe(4);
  });

  it('finds bytes that the listing hides', async () => {
    replies[`/files/${alphaSdist}`] = { body: 'other bytes' };
    expect((await run()).code).toBe(0);
    const { stdout, code } = await run('--deep', '--json');
    const finding = stdout.split('\n').map((line) => (line === '' ? {} : (JSON.parse(line) as Summary)))[0];
    expect(finding).toMatchObject({ type: 'verify', class: 'size-mismatch', filename: alphaSdist, destination: 'corp' });
    expect(summaryOf(stdout)).toMatchObject({ checked: 4, of: 4, differing: 1, complete: true });
    expect(code).toBe(22);
  });

  it('tells a listing that lies from bytes that differ', async () => {
    target.listing = 'lies';
    const shallow = await run();
    expect(shallow.stdout).toContain('digest-mismatch');
    expect(shallow.code).toBe(22);
    const deep = await run('--deep');
    expect(deep.stdout).toContain('its bytes are the approved ones, and it is listed with sha256:');
    expect(deep.code).toBe(22);
  });

  it('calls files without a digest unverifiable, which --allow-unverifiable accepts and --deep settles', async () => {
    target.listing = 'bare';
    const { stdout, code } = await run();
    expect(stdout).toContain('0 of 4 files checked by the digests that are listed, 4 unverifiable, 0 missing.');
    expect(code).toBe(27);
    expect((await run('--allow-unverifiable')).code).toBe(0);
    expect((await run('--deep')).code).toBe(0);
  });

  it('goes on by range where a download breaks off', async () => {
    const body = target.bytesOf(alphaSdist)!;
    let asked = 0;
    Object.defineProperty(replies, `/files/${alphaSdist}`, {
      get: (): Reply => {
        asked += 1;
        if (asked === 1) return { body, dropAfter: 100, headers: { etag: '"1"' } };
        const range = `bytes 100-${body.length - 1}/${body.length}`;
        return { status: 206, body: body.subarray(100), headers: { 'content-range': range, etag: '"1"' } };
      },
    });
    const { stdout, code } = await run('--deep');
    expect(stdout).toContain('4 of 4 files checked byte by byte');
    expect(code).toBe(0);
    expect(target.server.requests.filter(({ headers }) => headers.range === 'bytes=100-')).toHaveLength(1);
  });

  it('stops reading a body that has no end', async () => {
    replies[`/files/${alphaSdist}`] = { body: Buffer.alloc(50_000_000), framing: 'close' };
    const { stdout, code } = await run('--deep');
    expect(stdout).toMatch(/size-mismatch alpha-1\.0\.tar\.gz {2}it has more than the \d+ bytes approved/);
    expect(code).toBe(22);
  });

  it('goes on where it was interrupted, and says how far it came', async () => {
    const reached = new Promise<void>((resolve) => {
      Object.defineProperty(replies, `/files/${alphaSdist}`, {
        configurable: true,
        get: (): Reply => {
          resolve();
          return { hang: true };
        },
      });
    });
    const child = folder.startWith({ env }, 'verify', '--deep', '--concurrency', '1', '--cache-dir', folder.path('cache'));
    await reached;
    child.process.kill('SIGINT');
    const first = await child.result;
    expect(first.stdout).toMatch(/^Verified corp: 1 of 4 files checked byte by byte \(.*\), 0 unverifiable, 0 missing, 3 not reached\.$/m);
    expect(first.code).toBe(130);

    const before = downloads().length;
    Reflect.deleteProperty(replies, `/files/${alphaSdist}`);
    const second = await run('--deep', '--json');
    expect(summaryOf(second.stdout)).toMatchObject({ checked: 4, of: 4, resumed: 1, complete: true, interrupted: false });
    expect(second.code).toBe(0);
    expect(downloads().slice(before)).not.toContain(alphaWheel);
    expect(downloads().slice(before)).toHaveLength(3);
  });

  it('checks what could not be read, and only that, when run again; --fresh checks all', async () => {
    replies[`/files/${alphaSdist}`] = { status: 403 };
    const failed = await run('--deep');
    expect(failed.stdout).toContain('3 of 4 files checked byte by byte');
    expect(failed.stdout).toContain('0 missing, 1 unreadable.');
    expect(failed.code).toBe(26);
    const before = downloads().length;
    expect((await run('--deep')).code).toBe(26);
    expect(downloads().slice(before)).toEqual([alphaSdist]);
    Reflect.deleteProperty(replies, `/files/${alphaSdist}`);
    expect(summaryOf((await run('--deep', '--json', '--fresh')).stdout)).toMatchObject({ checked: 4, resumed: 0 });
  });

  it.each([
    ['is no record', () => 'hello'],
    ['is of another lock', (text: string) => text.replace(/"lock":"[0-9a-f]{8}/, '"lock":"00000000')],
    ['is older than a day', (text: string) => text.replace(/,(\d+)\]/g, (_, time: string) => `,${Number(time) - 90_000_000}]`)],
    ['lies in the future', (text: string) => text.replace(/,(\d+)\]/g, (_, time: string) => `,${Number(time) + 90_000_000}]`)],
  ])('does not trust a record that %s', async (_, damage) => {
    replies[`/files/${alphaSdist}`] = { status: 403 };
    expect((await run('--deep')).code).toBe(26);
    const [record = ''] = await folder.files('cache/verify');
    const path = folder.path('cache/verify', record);
    await writeFile(path, damage(await readFile(path, 'utf8')));
    Reflect.deleteProperty(replies, `/files/${alphaSdist}`);
    expect(summaryOf((await run('--deep', '--json')).stdout)).toMatchObject({ checked: 4, resumed: 0 });
  });

  it('sends credentials to no other origin', async () => {
    const bytes = target.bytesOf(alphaSdist)!;
    await using elsewhere = await scriptedServer({ [`/${alphaSdist}`]: { body: bytes } });
    const links = target.files
      .filter(({ project }) => project === 'alpha')
      .map((file) => {
        const url = file.filename === alphaSdist ? elsewhere.url(`/${alphaSdist}`) : `/files/${file.filename}`;
        return `<a href="${url}#sha256=${digest('sha256', file.bytes)}">${file.filename}</a>`;
      });
    replies['/simple/alpha/'] = {
      body: `<!DOCTYPE html><html><body>${links.join('')}</body></html>`,
      headers: { 'content-type': 'text/html' },
    };
    const { stdout, code } = await run('--deep');
    expect(stdout).toContain('4 of 4 files checked byte by byte');
    expect(code).toBe(0);
    expect(elsewhere.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([[`/${alphaSdist}`, undefined]]);
  });

  it('answers 26 at once where the credentials are not accepted', async () => {
    const { code, stdout } = await folder.runWith({ env: { INDEX_PASSWORD: 'wrong' } }, 'verify');
    expect(stdout).toContain('Stopped early: the credentials were not accepted.');
    expect(code).toBe(26);
  });

  it('answers 27 where a listing fails, and checks the others', async () => {
    replies['/simple/alpha/'] = { status: 500 };
    const { code, stdout } = await run();
    expect(stdout).toContain('1 of 4 files checked by the digests that are listed, 0 unverifiable, 0 missing, 3 unreadable.');
    expect(stdout).toContain('unreadable: run the same command again');
    expect(code).toBe(27);
  });
});
