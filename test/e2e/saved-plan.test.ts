import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { smallIndex } from '../support/small-index.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

describe('a saved plan', () => {
  let source: SourceServer;
  let folder: Workspace;

  beforeEach(async () => {
    source = await sourceServer(smallIndex());
    folder = await workspace();
    await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*', beta: '*' } });
    expect((await folder.run('plan', '--out', 'plan.jsonl')).code).toBe(0);
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  it('holds no URL of a file and no secret', async () => {
    const text = await folder.read('plan.jsonl');
    expect(text).not.toContain('/files/');
    expect(text).not.toContain(source.server.host);
  });

  it('is shown as it was made', async () => {
    const made = await folder.run('plan');
    const shown = await folder.run('show', 'plan.jsonl');
    expect(shown.code).toBe(0);
    expect(shown.stdout.split('\n').slice(1)).toEqual(made.stdout.split('\n').slice(1));
  });

  it('is shown as Markdown', async () => {
    const { stdout, code } = await folder.run('show', '--markdown', 'plan.jsonl');
    expect(code).toBe(0);
    expect(stdout).toContain('### pkgsync plan');
    expect(stdout).toContain('<code>alpha-1.0.tar.gz</code>');
  });

  it('is shown as its lines with --json', async () => {
    const { stdout } = await folder.run('show', '--json', 'plan.jsonl');
    expect(stdout).toBe(await folder.read('plan.jsonl'));
  });

  it('runs without asking, and writes nothing the second time', async () => {
    const first = await folder.run('apply', 'plan.jsonl');
    expect(first.stdout).toContain('Applied:');
    expect(first.code).toBe(0);
    const lock = await folder.read('pkgsync.lock');
    const downloads = source.downloads().length;
    const second = await folder.run('apply', 'plan.jsonl');
    expect(second.code).toBe(0);
    expect(await folder.read('pkgsync.lock')).toBe(lock);
    expect(source.downloads()).toHaveLength(downloads);
  });

  it('is stale when the manifest has changed since', async () => {
    await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*' } });
    const { code, stderr } = await folder.run('apply', 'plan.jsonl');
    expect(stderr).toContain('plan.jsonl: the manifest has changed since. Nothing was written');
    expect(code).toBe(23);
    expect(await folder.files('mirror')).toEqual([]);
  });

  it('is stale when somebody put other bytes there', async () => {
    await folder.write('mirror/packages/alpha/alpha-1.0.tar.gz', 'something else');
    const { code, stderr } = await folder.run('apply', 'plan.jsonl');
    expect(stderr).toContain('the destination has changed since: alpha-1.0.tar.gz');
    expect(code).toBe(23);
  });

  it('is refused when truncated', async () => {
    const lines = (await folder.read('plan.jsonl')).split('\n');
    await writeFile(folder.path('plan.jsonl'), `${lines.slice(0, 3).join('\n')}\n`);
    const { code, stderr } = await folder.run('apply', 'plan.jsonl');
    expect(stderr).toContain('plan.jsonl is truncated');
    expect(code).toBe(20);
    expect(await folder.files('mirror')).toEqual([]);
  });

  it('is refused when edited', async () => {
    const text = await folder.read('plan.jsonl');
    await writeFile(folder.path('plan.jsonl'), text.replace('alpha-1.0.tar.gz', 'alpha-9.9.tar.gz'));
    const { code, stderr } = await folder.run('apply', 'plan.jsonl');
    expect(stderr).toContain('was changed after it was written');
    expect(code).toBe(20);
    expect(await folder.files('mirror')).toEqual([]);
  });

  it('has an id that apply can expect', async () => {
    const id = /"planId":"([0-9a-f]{64})"/.exec(await folder.read('plan.jsonl'))?.[1] ?? '';
    const other = await folder.run('apply', '--expect', '0123456789ab');
    expect(other.code).toBe(23);
    expect(await folder.files('mirror')).toEqual([]);
    const right = await folder.run('apply', '--expect', id.slice(0, 12));
    expect(right.code).toBe(0);
  });
});
