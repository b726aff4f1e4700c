import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Applied } from '../../../src/engine/apply.ts';
import { engineRun } from '../../support/engine-run.ts';
import type { EngineRun } from '../../support/engine-run.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

describe('what somebody does to the lock while an apply runs', () => {
  const folder = temporaryFolders();

  /** An apply during which, when the first action is done and before the lock is completed, `meanwhile` happens. */
  async function applied(run: EngineRun, meanwhile: () => void): Promise<Applied> {
    let happened = false;
    return await run.apply({
      onEvent: ({ type }) => {
        if (type !== 'action-finished' || happened) return;
        happened = true;
        meanwhile();
      },
    });
  }

  interface Entries {
    readonly packages: readonly { readonly files: readonly { readonly filename: string; readonly hashes: Record<string, string> }[] }[];
  }
  const hashesIn = (text: string): Record<string, Record<string, string>> =>
    Object.fromEntries(
      (JSON.parse(text) as Entries).packages.flatMap(({ files }) => files.map(({ filename, hashes }) => [filename, hashes])),
    );

  it('is kept, and only entries of the bytes that passed learn from them', async () => {
    const run = await engineRun({ folder: await folder() });
    const other = '0'.repeat(64);
    const { result } = await applied(run, () => {
      const text = readFileSync(run.lockPath, 'utf8');
      writeFileSync(run.lockPath, text.replace(hashesIn(text)['alpha-1.0.tar.gz']?.['sha256'] ?? '', other));
    });
    expect(result).toMatchObject({ failed: 0 });
    const hashes = hashesIn(await readFile(run.lockPath, 'utf8'));
    expect(hashes['alpha-1.0.tar.gz']).toEqual({ sha256: other });
    expect(Object.keys(hashes['alpha-1.1.tar.gz'] ?? {}).sort()).toEqual(['md5', 'sha256']);
  });

  it.each<[string, (path: string) => void, string, RegExp]>([
    ['is made unreadable', (path) => writeFileSync(path, 'mine'), 'LOCK_INVALID', /pkgsync\.lock/],
    ['is removed', (path) => rmSync(path), 'FILE_SYSTEM', /was removed while the apply ran, and is not made anew$/],
    ['is removed with its folder', (path) => rmSync(dirname(path), { recursive: true }), 'FILE_SYSTEM', /was removed while the apply ran/],
  ])('where it %s is one more failure, and nothing is made of it', async (_what, meanwhile, code, says) => {
    const run = await engineRun({ folder: await folder() });
    const { result, lockWritten } = await applied(run, () => meanwhile(run.lockPath));
    expect(result).toMatchObject({ done: 5, failed: 1, skipped: 0 });
    expect([...result.errorCodes]).toEqual([code]);
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]?.message).toMatch(says);
    expect(result.failures[0]?.action).toMatchObject({ kind: 'update', detail: 'lock' });
    expect(lockWritten).toBe(true);
    expect(await readFile(run.lockPath, 'utf8').catch(() => 'none')).toBe(code === 'LOCK_INVALID' ? 'mine' : 'none');
  });

  it('does not hide what was done where files of its own cannot be removed', async () => {
    const run = await engineRun({ folder: await folder() });
    const warnings: string[] = [];
    const { result } = await run.apply({
      onEvent: (event) => {
        if (event.type === 'warning' && !event.message.includes('metadata')) warnings.push(event.message);
        // A lease that cannot be read is one that cannot be given back.
        if (event.type !== 'apply-started') return;
        const lease = leaseOf(dirname(run.lockPath));
        rmSync(lease);
        mkdirSync(lease);
      },
    });
    expect(result).toMatchObject({ done: 5, failed: 0 });
    expect(warnings).toEqual([expect.stringMatching(/^what this run kept for itself stays behind: cannot release the lease .*EISDIR/)]);
  });
});

const leaseOf = (folder: string): string =>
  join(folder, '.pkgsync', readdirSync(join(folder, '.pkgsync')).find((name) => name.startsWith('lease-')) ?? 'none');
