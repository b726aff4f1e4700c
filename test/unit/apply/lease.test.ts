import { spawnSync } from 'node:child_process';
import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { takeLease } from '../../../src/apply/lease.ts';
import type { Lease } from '../../../src/apply/lease.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import { processMark } from '../../../src/io/process-mark.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const minute = 60_000;
const held: Lease[] = [];
afterEach(async () => {
  jest.useRealTimers();
  await Promise.all(held.splice(0).map((lease) => lease.release()));
});

async function take(path: string, now?: () => number): Promise<Lease> {
  const lease = await takeLease(path, './mirror', now);
  held.push(lease);
  return lease;
}
const recordIn = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;

/** A process id that was alive a moment ago and is not any more. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

interface Holder {
  readonly pid?: number;
  readonly host?: string;
  readonly expires?: string;
  readonly born?: string;
}
const inHours = (hours: number): string => new Date(Date.now() + hours * 60 * minute).toISOString();
const holderId = '00000000-0000-4000-8000-000000000000';
async function heldBy(path: string, holder: Holder): Promise<void> {
  const record = {
    id: holderId,
    pid: process.pid,
    host: hostname(),
    started: '2026-01-01T00:00:00.000Z',
    expires: new Date(Date.now() + minute).toISOString(),
    ...holder,
  };
  await writeFile(path, JSON.stringify(record));
}

describe('takeLease', () => {
  it('writes who holds it, makes its folder, and keeps the folder out of git', async () => {
    const parent = join(await folder(), 'deep', '.pkgsync');
    const path = join(parent, 'lease.json');
    await take(path);
    expect(await recordIn(path)).toMatchObject({ pid: process.pid, host: hostname() });
    expect(await readFile(join(parent, '.gitignore'), 'utf8')).toBe('*\n');
    expect((await readdir(parent)).sort()).toEqual(['.gitignore', 'lease.json']);
  });

  it('goes away when it is released, once', async () => {
    const path = join(await folder(), 'lease.json');
    const lease = await take(path);
    await lease.release();
    await lease.release();
    expect(await readdir(join(path, '..'))).toEqual(['.gitignore']);
    await take(path);
  });

  it('is refused while somebody holds it, saying who and until when', async () => {
    const path = join(await folder(), 'lease.json');
    await take(path);
    const error: unknown = await take(path).catch((reason: unknown) => reason);
    expect(isPkgsyncError(error, 'APPLY_RUNNING') && error.retryable).toBe(true);
    expect(String(error)).toContain(`another apply is running on ./mirror: process ${process.pid} on ${hostname()}, since `);
  });

  it.each<[string, () => Holder, boolean]>([
    ['this machine, alive', () => ({}), false],
    ['this machine, gone', () => ({ pid: deadPid() }), true],
    ['another machine, not run out', () => ({ host: 'elsewhere', pid: deadPid() }), false],
    ['another machine, run out', () => ({ host: 'elsewhere', expires: new Date(Date.now() - 1).toISOString() }), true],
    ['this machine, gone, not to run out for an hour', () => ({ pid: deadPid(), expires: inHours(1) }), true],
    ['this machine, alive but run out', () => ({ expires: new Date(Date.now() - 1).toISOString() }), false],
    ['this machine, alive but run out an hour ago', () => ({ expires: inHours(-1) }), false],
    ['this machine, alive but run out two days ago, and who knows whether it is the same process', () => ({ expires: inHours(-48) }), true],
    ['another process of this machine that had the same number', () => ({ born: '1' }), process.platform === 'linux'],
    ['a time that is none', () => ({ expires: 'soon' }), true],
    ['another machine and a time that is none', () => ({ host: 'elsewhere', expires: 'soon' }), true],
  ])('of %s: taken over is %#', async (_, holder, taken) => {
    const path = join(await folder(), 'lease.json');
    await heldBy(path, holder());
    const attempt = take(path);
    if (taken) {
      await attempt;
      expect((await recordIn(path))['id']).not.toBe(holderId);
      expect((await readdir(join(path, '..'))).sort()).toEqual(['.gitignore', 'lease.json']);
    } else await expect(attempt).rejects.toMatchObject({ code: 'APPLY_RUNNING' });
  });

  it.each([1, -1])(
    'stays with a process of this machine that lives when the clock jumps by %d hours, and goes once it is gone',
    async (hours) => {
      const path = join(await folder(), 'lease.json');
      await take(path);
      const later = () => Date.now() + hours * 60 * minute;
      await expect(take(path, later)).rejects.toMatchObject({ code: 'APPLY_RUNNING' });
      await heldBy(path, { pid: deadPid() });
      await take(path, later);
      expect(await recordIn(path)).toMatchObject({ pid: process.pid });
    },
  );

  it('is renewed by the new time when the clock was set back', async () => {
    const path = join(await folder(), 'lease.json');
    let now = Date.now();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout'] });
    await take(path, () => now);
    const first = (await recordIn(path))['expires'];
    now -= 60 * minute;
    jest.advanceTimersByTime(15_000);
    await until(async () => (await recordIn(path))['expires'] !== first);
    expect(Date.parse(String((await recordIn(path))['expires']))).toBe(now + minute);
  });

  it('without an owner is taken over, too, where it is of the future', async () => {
    const path = join(await folder(), 'lease.json');
    await writeFile(path, '{');
    const ahead = new Date(Date.now() + 60 * minute);
    await utimes(path, ahead, ahead);
    await take(path);
    expect(await recordIn(path)).toMatchObject({ pid: process.pid });
  });

  it.each(['', 'null', '{', '[]', '{"id":"../../x","pid":1,"host":"h","started":"","expires":""}', '{"id":"x","pid":"y"}'])(
    'with the content %j is left alone while it may be being written, and taken over when it is old',
    async (text) => {
      const path = join(await folder(), 'lease.json');
      await writeFile(path, text);
      await expect(take(path)).rejects.toMatchObject({ code: 'APPLY_RUNNING' });
      const old = new Date(Date.now() - 2 * minute);
      await utimes(path, old, old);
      await take(path);
      expect(await recordIn(path)).toMatchObject({ pid: process.pid });
    },
  );

  it('shows a hostile record with its control characters escaped', async () => {
    const path = join(await folder(), 'lease.json');
    await heldBy(path, { host: 'evil\u001b[2J' });
    await expect(take(path)).rejects.toThrow('evil\\u001b[2J');
  });

  it('goes to one of many that want it, and to one of many that find it stale', async () => {
    for (const stale of [false, true]) {
      const path = join(await folder(), 'lease.json');
      if (stale) await heldBy(path, { host: 'elsewhere', expires: '2000-01-01T00:00:00.000Z' });
      const attempts = await Promise.allSettled(Array.from({ length: 12 }, () => take(path)));
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const attempt of attempts) if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'APPLY_RUNNING' });
      expect((await readdir(join(path, '..'))).sort()).toEqual(['.gitignore', 'lease.json']);
    }
  });

  it('is taken over though somebody died while taking it over', async () => {
    const path = join(await folder(), 'lease.json');
    await heldBy(path, { host: 'elsewhere', expires: '2000-01-01T00:00:00.000Z' });
    const marker = `${path}.${holderId}.over`;
    await writeFile(marker, '{}');
    const old = new Date(Date.now() - 2 * minute);
    await utimes(marker, old, old);
    await take(path);
    expect((await recordIn(path))['id']).not.toBe(holderId);
  });

  it('does not wait for somebody who died while taking it over on this machine', async () => {
    const path = join(await folder(), 'lease.json');
    await heldBy(path, { pid: deadPid() });
    await heldBy(`${path}.${holderId}.over`, { pid: deadPid() });
    await take(path);
    expect(await readdir(join(path, '..'))).toEqual(['.gitignore', 'lease.json']);
  });

  it('clears what killed processes left beside it, and nothing that may be in use', async () => {
    const here = await folder();
    const path = join(here, 'lease.json');
    const uuid = '00000000-0000-4000-8000-000000000001';
    const mark = (pid: number) => processMark().replace(/\d+$/, String(pid));
    const dead = mark(deadPid());
    const left = [`lease.json.${dead}-${uuid}`, `.gitignore.${dead}-${uuid}`, `lease.json.${holderId}.over.${dead}-${uuid}`];
    const stay = [`lease.json.${mark(process.pid)}-${uuid}`, `lease.json.00000000-7-${uuid}`, `mine.${dead}-${uuid}`, 'lease.json.mine'];
    for (const name of [...left, ...stay]) await writeFile(join(here, name), '');
    await heldBy(`${path}.${holderId}.over`, { pid: deadPid() });
    await heldBy(`${path}.${uuid}.over`, {});
    await take(path);
    expect((await readdir(here)).sort()).toEqual([...stay, '.gitignore', 'lease.json', `lease.json.${uuid}.over`].sort());
  });

  it('releases only its own', async () => {
    const path = join(await folder(), 'lease.json');
    const lease = await take(path);
    await heldBy(path, {});
    await lease.release();
    expect(await recordIn(path)).toMatchObject({ id: holderId });
  });

  it('is renewed while it is held, and not once it is lost', async () => {
    const path = join(await folder(), 'lease.json');
    let now = Date.now();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout'] });
    await take(path, () => now);
    const first = (await recordIn(path))['expires'];
    now += 20_000;
    jest.advanceTimersByTime(15_000);
    await until(async () => (await recordIn(path))['expires'] !== first);
    expect(Date.parse(String((await recordIn(path))['expires']))).toBe(now + minute);
    await heldBy(path, { expires: first as string });
    jest.advanceTimersByTime(15_000);
    // More file system work than a renewal needs.
    for (let reads = 0; reads < 50; reads += 1) await recordIn(path);
    expect(await recordIn(path)).toMatchObject({ id: holderId, expires: first });
  });

  it('fails with the path where the folder cannot be made', async () => {
    const path = join(await folder(), 'file');
    await writeFile(path, '');
    await expect(take(join(path, 'lease.json'))).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}
