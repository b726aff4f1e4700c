import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that can be filled and freed while processes use it. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** Leaves so many bytes free, by a file of its own: in steps of 4 KiB. */
  leave(bytes: number): Promise<void>;
  /** Frees what `leave` took. */
  free(): Promise<void>;
  /** From now on nothing can be written, or again everything. */
  readOnly(is: boolean): void;
}

/** Name of the file that takes up the space. */
export const ballast = '.ballast';

/** Mounts a file system in memory, of `size` bytes, at `folder`, which is made where it is missing. @throws where that is not possible here */
export async function smallDisk(folder: string, size: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  mount(folder, size);
  const free = () => rm(join(folder, ballast), { force: true });
  return {
    folder,
    free,
    async leave(bytes) {
      await free();
      const { bavail, bsize } = await statfs(folder);
      await writeFile(join(folder, ballast), Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
    },
    readOnly: (is) => run('mount', '-o', `remount,${is ? 'ro' : 'rw'}`, folder),
    [Symbol.asyncDispose]: () => {
      // Lazily: also where a process that hangs has a file open there.
      run('umount', '-l', folder);
      return Promise.resolve();
    },
  };
}

/** Why no such file system can be had here; undefined where it can. */
export function withoutSmallDisks(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'pkgsync-mount-'));
  try {
    mkdirSync(folder, { recursive: true });
    mount(folder, 64 * 1024);
    run('umount', '-l', folder);
    return undefined;
  } catch (error) {
    return `no file system can be mounted here: ${String(error).split('\n')[0]}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mount(folder: string, size: number): void {
  run('mount', '-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'pkgsync-test', folder);
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'pipe' });
}
