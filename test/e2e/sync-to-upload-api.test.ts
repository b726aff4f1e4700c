import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digest, sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { smallIndex } from '../support/small-index.ts';
import { uploadServer } from '../support/upload-server.ts';
import type { ListingMode, UploadMode, UploadServer } from '../support/upload-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

describe('a sync to an upload API', () => {
  let source: SourceServer;
  let target: UploadServer;
  let folder: Workspace;
  const credentials = { username: 'ci', password: 'canary-secret' };

  beforeEach(async () => {
    source = await sourceServer(smallIndex());
    target = await uploadServer({ credentials });
    folder = await workspace();
    await folder.manifest({
      source: source.url,
      destination: { type: 'upload', url: target.url, server: 'generic', auth: { username: 'ci', passwordEnv: 'INDEX_PASSWORD' } },
      packages: { alpha: '*', beta: '*' },
    });
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  const run = (...args: string[]) => folder.runWith({ env: { INDEX_PASSWORD: credentials.password } }, ...args);

  it('uploads what is missing, byte for byte, and plans nothing afterwards', async () => {
    const apply = await run('apply', '--yes');
    expect(apply.stderr).not.toContain('failed');
    expect(apply.code).toBe(0);
    expect(target.files.map(({ filename }) => filename).sort()).toEqual([
      'alpha-1.0-py3-none-any.whl',
      'alpha-1.0.tar.gz',
      'alpha-1.1-py3-none-any.whl',
      'beta-0.5-py3-none-any.whl',
    ]);
    for (const file of Object.values(source.projects).flat()) {
      if (file.filename.includes('rc1')) continue;
      expect(digest('sha256', target.bytesOf(file.filename)!)).toBe(digest('sha256', file.bytes));
    }
    const second = await run('plan', '--detailed-exitcode');
    expect(second.stdout).toContain('4 unchanged');
    expect(second.code).toBe(0);
    expect((await run('drift')).code).toBe(0);
  });

  it('says once what the destination cannot carry', async () => {
    const [first, ...rest] = source.projects['alpha'] ?? [];
    source.projects = { ...source.projects, alpha: [{ ...first!, yanked: 'bad' }, ...rest] };
    await folder.manifest({
      source: source.url,
      destination: { type: 'upload', url: target.url, server: 'generic' },
      defaults: { yanked: 'include' },
      packages: { alpha: '*' },
    });
    const { stderr } = await run('plan');
    expect(stderr.match(/cannot carry that a file is yanked \(1 file of this plan\)/g)).toHaveLength(1);
  });

  it('adopts a file that is there already with the same bytes, and reports other bytes', async () => {
    const [wheel, tarball] = source.projects['alpha'] ?? [];
    target.store(wheel!.filename, wheel!.bytes, 'alpha');
    target.store(tarball!.filename, 'other bytes', 'alpha');
    const plan = await run('plan');
    expect(plan.stdout).toMatch(/! mismatch +alpha-1\.0\.tar\.gz/);
    expect(plan.stdout).toContain('2 to upload, 0 to replace, 0 to update, 0 to remove, 1 mismatch, 0 blocked, 1 unchanged');
    const apply = await run('apply', '--yes');
    expect(apply.code).toBe(22);
    expect(target.bytesOf(tarball!.filename)!.toString()).toBe('other bytes');
    expect(target.files).toHaveLength(4);
  });

  const refusals: readonly (readonly [what: string, mode: UploadMode, code: number, expected: RegExp])[] = [
    ['401', { refuse: { status: 401 } }, 26, /credentials/],
    ['403', { refuse: { status: 403, reason: 'no permission to submit' } }, 26, /permission|forbid/i],
    ['409 without storing it', { refuse: { status: 409 } }, 29, /listing does not show/],
    ['413', { refuse: { status: 413 } }, 29, /does not take a file of this size/],
    ['400 and words', { refuse: { status: 400, reason: 'Bad filename' } }, 29, /Bad filename/],
    ['500', { refuse: { status: 500 } }, 29, /listing does not show/],
    ['a dropped connection', 'drop', 29, /./],
  ];
  it.each(refusals)(
    'that answers %s fails with its reason, never as done, and the next run finishes',
    async (_what, mode, code, expected) => {
      target.mode = mode;
      const refused = await run('apply', '--yes');
      expect(refused.stdout).toContain('Index is consistent: 0 of 6 done');
      expect(`${refused.stdout}${refused.stderr}`).toMatch(expected);
      expect(`${refused.stdout}${refused.stderr}`).not.toContain(credentials.password);
      expect(refused.code).toBe(code);
      expect(target.files).toEqual([]);

      target.mode = 'accept';
      expect((await run('apply', '--yes')).code).toBe(0);
      expect(target.files).toHaveLength(4);
    },
    120_000,
  );

  it.each(['store-then-500', 'store-then-drop'] as const)(
    'that does "%s" is found done by its listing, without a second upload',
    async (mode) => {
      target.mode = mode;
      const { code } = await run('apply', '--yes');
      expect(code).toBe(0);
      expect(target.uploads).toBe(4);
      expect(target.files).toHaveLength(4);
    },
  );

  const listings: readonly (readonly [mode: ListingMode, code: number, expected: RegExp])[] = [
    ['lies', 22, /listing shows other bytes/],
    ['frozen', 29, /listing does not show the file/],
  ];
  it.each(listings)(
    'whose listing is "%s" after the upload does not count as done',
    async (mode, code, expected) => {
      expect((await run('lock')).code).toBe(0);
      target.freeze();
      target.listing = mode;
      const { code: actual, stdout } = await run('apply', '--yes', '--locked');
      expect(stdout).toMatch(expected);
      expect(actual).toBe(code);
    },
    60_000,
  );

  it('whose listing fails is not taken for empty', async () => {
    target.listing = 'fails';
    const { code, stdout } = await run('plan');
    expect(stdout).toMatch(/! blocked +project +listing-failed/);
    expect(stdout).toContain('0 to upload');
    expect(code).toBe(27);
    expect((await run('apply', '--yes')).code).toBe(27);
    expect(target.uploads).toBe(0);
  }, 60_000);

  it('whose listing has no digests is unverifiable: neither in sync nor drift', async () => {
    expect((await run('apply', '--yes')).code).toBe(0);
    target.listing = 'bare';
    const plan = await run('plan');
    expect(plan.stdout).toContain('4 unverifiable');
    expect(plan.code).toBe(0);
    expect((await run('drift')).code).toBe(27);
    expect((await run('drift', '--allow-unverifiable')).code).toBe(0);
  });

  it('whose redirect to another index means absent here', async () => {
    await using elsewhere = await uploadServer();
    for (const [name, files] of Object.entries(source.projects)) for (const file of files) elsewhere.store(file.filename, file.bytes, name);
    await using fallback = await uploadServer({ fallback: elsewhere.server.origin });
    await folder.manifest({
      source: source.url,
      destination: { type: 'upload', url: fallback.url, server: 'generic' },
      packages: { alpha: '*', beta: '*' },
    });
    const { stdout, code } = await run('plan');
    expect(stdout).toContain('2 to register, 4 to upload');
    expect(code).toBe(0);
    expect(elsewhere.server.requests).toHaveLength(0);
  });

  it('never shows a secret in any output', async () => {
    const outputs = [
      await run('plan'),
      await run('plan', '--json'),
      await run('apply', '--yes'),
      await run('drift', '--json'),
      await run('plan', '--out', 'plan.jsonl'),
    ];
    for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toContain(credentials.password);
    for (const file of ['plan.jsonl', 'pkgsync.lock']) expect(await folder.read(file)).not.toContain(credentials.password);
  });
});
