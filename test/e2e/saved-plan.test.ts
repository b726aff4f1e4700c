import { createHash } from 'node:crypto';
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

  describe('that has expired', () => {
    const made = '2026-01-01T00:00:00.000Z';
    const expires = '2026-01-08T00:00:00.000Z';
    beforeEach(async () => {
      // What the digest covers has changed with it, so the trailer is written anew, too.
      const lines = (await folder.read('plan.jsonl')).trimEnd().split('\n');
      const header = { ...(JSON.parse(lines[0] ?? '') as object), created: made, expires };
      const body = [JSON.stringify(header), ...lines.slice(1, -1)];
      const digest = createHash('sha256')
        .update(body.map((line) => `${line}\n`).join(''))
        .digest('hex');
      const trailer = { ...(JSON.parse(lines.at(-1) ?? '') as object), digest };
      await folder.write('plan.jsonl', `${[...body, JSON.stringify(trailer)].join('\n')}\n`);
    });

    it('is still shown, and every form says that it has', async () => {
      const sentence = `This plan expired on ${expires}: 'pkgsync apply' refuses it.`;
      const text = await folder.run('show', 'plan.jsonl');
      expect(text.stdout).toContain('alpha-1.0.tar.gz');
      expect(text.stderr).toContain(sentence);
      const markdown = await folder.run('show', '--markdown', 'plan.jsonl');
      expect(markdown.stdout.startsWith(`> **${sentence}`)).toBe(true);
      const json = await folder.run('show', '--json', 'plan.jsonl');
      expect(json.stdout).toBe(await folder.read('plan.jsonl'));
      expect(json.stderr).toContain(sentence);
      expect([text.code, markdown.code, json.code]).toEqual([0, 0, 0]);
    });

    it('is not applied, whatever clock is asked for', async () => {
      const plain = await folder.run('apply', 'plan.jsonl');
      expect(plain.stderr).toContain(`plan.jsonl expired on ${expires}`);
      expect(plain.code).toBe(23);
      const { code, stderr } = await folder.run('apply', 'plan.jsonl', '--as-of', made);
      expect(stderr).toContain('a saved plan and --as-of exclude each other');
      expect(code).toBe(20);
      expect(await folder.files('mirror')).toEqual([]);
    });
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
