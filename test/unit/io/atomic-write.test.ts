import { existsSync } from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { atomicFiles, fileSystemError, publishFile, spool, writeAtomically, type FileOperations } from '../../../src/io/atomic-write.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } = nodeFiles;

const systemError = (code: string) => Object.assign(new Error(`${code}: simulated`), { code });
const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;

// eslint-disable-next-line @typescript-eslint/require-await -- the shape of a body is what is needed
async function* body(...chunks: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield Buffer.from(chunk);
  }
}

/** The real calls, recorded as `call name`; temporary names are shown as `tmp`. */
function recorded(): { files: FileOperations; calls: string[] } {
  const calls: string[] = [];
  const short = (path: unknown) => basename(String(path)).replace(/^\.pkgsync-[0-9a-f-]+\.tmp$/, 'tmp');
  const files: FileOperations = {
    ...nodeFiles,
    open: async (...args) => {
      const handle = await nodeFiles.open(...args);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        calls.push(`fsync ${short(args[0])}`);
        await sync();
      };
      return handle;
    },
    rename: async (from, to) => {
      calls.push(`rename ${short(from)} ${short(to)}`);
      await nodeFiles.rename(from, to);
    },
    link: async (from, to) => {
      calls.push(`link ${short(from)} ${short(to)}`);
      await nodeFiles.link(from, to);
    },
    unlink: async (path) => {
      calls.push(`unlink ${short(path)}`);
      await nodeFiles.unlink(path);
    },
  };
  return { files, calls };
}

/** Calls on a disk that is full after `capacity` bytes. */
function fullAfter(capacity: number, code = 'ENOSPC'): FileOperations {
  return {
    ...nodeFiles,
    open: async (...args) => {
      const handle = await nodeFiles.open(...args);
      const write = handle.write.bind(handle) as (data: Uint8Array, offset: number, length: number) => Promise<{ bytesWritten: number }>;
      let left = capacity;
      const limited = async (data: Uint8Array, offset: number, length: number) => {
        if (left === 0) throw systemError(code);
        const result = await write(data, offset, Math.min(length, left));
        left -= result.bytesWritten;
        return result;
      };
      handle.write = limited as unknown as typeof handle.write;
      return handle;
    },
  };
}

describe('writeAtomically', () => {
  it('writes text, bytes and streams of both', async () => {
    const path = join(await newFolder(), 'file');
    await writeAtomically(path, 'é');
    expect(await readFile(path, 'utf8')).toBe('é');
    await writeAtomically(path, Buffer.from([0, 255]));
    expect(await readFile(path)).toEqual(Buffer.from([0, 255]));
    async function* mixed() {
      yield await Promise.resolve('a');
      yield Buffer.from('b');
    }
    await writeAtomically(path, mixed());
    expect(await readFile(path, 'utf8')).toBe('ab');
    await writeAtomically(path, '');
    expect(await readFile(path, 'utf8')).toBe('');
  });

  it('flushes the file, renames it, then flushes the folder', async () => {
    const folder = await newFolder();
    const { files, calls } = recorded();
    await atomicFiles(files).writeAtomically(join(folder, 'file'), 'x');
    expect(calls).toEqual(['fsync tmp', 'rename tmp file', `fsync ${basename(folder)}`]);
  });

  it('gives 0644 whatever the umask, or the mode asked for', async () => {
    const folder = await newFolder();
    const before = process.umask(0o077);
    try {
      await writeAtomically(join(folder, 'public'), 'x');
      await writeAtomically(join(folder, 'private'), 'x', { mode: 0o600 });
    } finally {
      process.umask(before);
    }
    expect(await modeOf(join(folder, 'public'))).toBe(0o644);
    expect(await modeOf(join(folder, 'private'))).toBe(0o600);
  });

  it('replaces a symbolic link itself and leaves what it points to alone', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'elsewhere'), 'untouched');
    await symlink('elsewhere', join(folder, 'link'));
    await writeAtomically(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'elsewhere'), 'utf8')).toBe('untouched');
    expect((await nodeFiles.lstat(join(folder, 'link'))).isSymbolicLink()).toBe(false);
    expect(await readFile(join(folder, 'link'), 'utf8')).toBe('new');
  });

  it('takes a name as long as the file system allows', async () => {
    const path = join(await newFolder(), 'n'.repeat(255));
    await writeAtomically(path, 'x');
    expect(await readFile(path, 'utf8')).toBe('x');
  });

  describe('when it fails', () => {
    it('keeps the old content and leaves nothing behind on an error of the content', async () => {
      const folder = await newFolder();
      await writeFile(join(folder, 'file'), 'old');
      await expect(writeAtomically(join(folder, 'file'), body('new', new Error('source broke')))).rejects.toThrow('source broke');
      expect(await readdir(folder)).toEqual(['file']);
      expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old');
    });

    it.each(['ENOSPC', 'EDQUOT'])('says DISK_FULL with the path for %s and leaves nothing behind', async (code) => {
      const folder = await newFolder();
      const path = join(folder, 'file');
      await expect(atomicFiles(fullAfter(5, code)).writeAtomically(path, 'more than five')).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringContaining(`cannot write ${path}: the disk`),
      });
      expect(await readdir(folder)).toEqual([]);
    });

    it('says FILE_SYSTEM with the path where the folder is missing', async () => {
      const path = join(await newFolder(), 'none', 'file');
      await expect(writeAtomically(path, 'x')).rejects.toMatchObject({
        code: 'FILE_SYSTEM',
        message: `cannot write ${path}: no such file or folder (ENOENT)`,
      });
    });

    it('leaves no temporary file where the target is a folder', async () => {
      const folder = await newFolder();
      await mkdir(join(folder, 'taken'));
      await expect(writeAtomically(join(folder, 'taken'), 'x')).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
      expect(await readdir(folder)).toEqual(['taken']);
    });

    it('stops at an abort with its reason and leaves nothing behind', async () => {
      const folder = await newFolder();
      const controller = new AbortController();
      async function* endless() {
        for (let count = 0; ; count += 1) {
          if (count === 3) controller.abort(new Error('interrupted'));
          yield await Promise.resolve('x');
        }
      }
      await expect(writeAtomically(join(folder, 'file'), endless(), { signal: controller.signal })).rejects.toThrow('interrupted');
      expect(await readdir(folder)).toEqual([]);
    });

    it('names the temporary file that it could not remove, beside the reason of the failure', async () => {
      const folder = await newFolder();
      const files: FileOperations = { ...fullAfter(1), unlink: () => Promise.reject(systemError('EIO')) };
      await expect(atomicFiles(files).writeAtomically(join(folder, 'file'), 'xyz')).rejects.toMatchObject({
        code: 'FILE_SYSTEM',
        message: expect.stringMatching(/disk is full.*; moreover, cannot remove the temporary file/),
      });
    });
  });

  (existsSync('/dev/full') ? it : it.skip)('reports a full disk of a real device', async () => {
    const onFull: FileOperations = { ...nodeFiles, open: () => nodeFiles.open('/dev/full', 'w') };
    await expect(atomicFiles(onFull).writeAtomically('/nonexistent/file', 'x')).rejects.toMatchObject({ code: 'DISK_FULL' });
  });
});

describe('publishFile', () => {
  async function staged() {
    const folder = await newFolder();
    const temporaryPath = join(folder, 'staged.tmp');
    await writeFile(temporaryPath, 'content', { mode: 0o600 });
    return { folder, temporaryPath, path: join(folder, 'published') };
  }

  it('moves the file to its name, readable for all', async () => {
    const { folder, temporaryPath, path } = await staged();
    await publishFile(temporaryPath, path);
    expect(await readdir(folder)).toEqual(['published']);
    expect(await readFile(path, 'utf8')).toBe('content');
    expect(await modeOf(path)).toBe(0o644);
  });

  it('flushes the file, links it, then flushes the folder', async () => {
    const { folder, temporaryPath, path } = await staged();
    const { files, calls } = recorded();
    await atomicFiles(files).publishFile(temporaryPath, path);
    expect(calls).toEqual(['fsync staged.tmp', 'link staged.tmp published', 'unlink staged.tmp', `fsync ${basename(folder)}`]);
  });

  it.each(['file', 'folder', 'dangling link'])(
    'never replaces an existing %s, and the temporary file stays with its owner',
    async (kind) => {
      const { temporaryPath, path } = await staged();
      if (kind === 'file') await writeFile(path, 'old');
      else if (kind === 'folder') await mkdir(path);
      else await symlink('nowhere', path);
      await expect(publishFile(temporaryPath, path)).rejects.toMatchObject({
        code: 'FILE_EXISTS',
        message: `${path} exists already and is not replaced`,
      });
      if (kind === 'file') expect(await readFile(path, 'utf8')).toBe('old');
      expect(await readFile(temporaryPath, 'utf8')).toBe('content');
    },
  );

  it('lets only one of several win the same name', async () => {
    const folder = await newFolder();
    const results = await Promise.allSettled(
      [0, 1, 2, 3].map(async (index) => {
        const temporaryPath = join(folder, `${index}.tmp`);
        await writeFile(temporaryPath, String(index));
        await publishFile(temporaryPath, join(folder, 'name'));
        return index;
      }),
    );
    const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(winners).toHaveLength(1);
    expect(await readFile(join(folder, 'name'), 'utf8')).toBe(String(winners[0]));
  });

  it('does not publish what a symbolic link points to', async () => {
    const { folder, path } = await staged();
    await symlink('staged.tmp', join(folder, 'link.tmp'));
    await expect(publishFile(join(folder, 'link.tmp'), path)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  describe('across file systems', () => {
    /** Links work inside the folder of the target only. */
    const otherFileSystem = (target: string): FileOperations => ({
      ...nodeFiles,
      link: (from, to) => (dirname(String(from)) === target ? nodeFiles.link(from, to) : Promise.reject(systemError('EXDEV'))),
    });

    it('copies first, so that the name still appears whole', async () => {
      const { temporaryPath } = await staged();
      const target = await newFolder();
      await atomicFiles(otherFileSystem(target)).publishFile(temporaryPath, join(target, 'published'));
      expect(await readdir(target)).toEqual(['published']);
      expect(await readFile(join(target, 'published'), 'utf8')).toBe('content');
      expect(await modeOf(join(target, 'published'))).toBe(0o644);
      await expect(stat(temporaryPath)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('never replaces an existing name and leaves no copy behind', async () => {
      const { temporaryPath } = await staged();
      const target = await newFolder();
      await writeFile(join(target, 'published'), 'old');
      await expect(atomicFiles(otherFileSystem(target)).publishFile(temporaryPath, join(target, 'published'))).rejects.toMatchObject({
        code: 'FILE_EXISTS',
      });
      expect(await readdir(target)).toEqual(['published']);
      expect(await readFile(join(target, 'published'), 'utf8')).toBe('old');
    });
  });

  describe('without hard links', () => {
    const files: FileOperations = { ...nodeFiles, link: () => Promise.reject(systemError('EPERM')) };

    it('renames to a name that is free', async () => {
      const { folder, temporaryPath, path } = await staged();
      await atomicFiles(files).publishFile(temporaryPath, path);
      expect(await readdir(folder)).toEqual(['published']);
      expect(await readFile(path, 'utf8')).toBe('content');
    });

    it('still refuses a name that exists', async () => {
      const { folder, temporaryPath, path } = await staged();
      await writeFile(path, 'old');
      await expect(atomicFiles(files).publishFile(temporaryPath, path)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
      expect((await readdir(folder)).sort()).toEqual(['published', 'staged.tmp']);
    });
  });
});

describe('spool', () => {
  const expected = { label: 'foo-1.0.tar.gz', hashes: {}, size: 4 };

  it('gives the path of a private file with size and digests', async () => {
    const folder = join(await newFolder(), 'made', 'on', 'demand');
    const spooled = await spool(body('ab', 'cd'), folder, expected);
    expect(dirname(spooled.path)).toBe(folder);
    expect(await readFile(spooled.path, 'utf8')).toBe('abcd');
    expect(await modeOf(spooled.path)).toBe(0o600);
    expect(spooled).toMatchObject({ size: 4, hashes: { md5: 'e2fc714c4727ee9395f324cd2e7f331f' } });
  });

  it.each([
    ['bytes that do not match', () => body('abc'), 'INTEGRITY'],
    ['a body that fails', () => body('ab', Object.assign(new Error('lost'), { code: 'X' })), 'X'],
  ])('leaves nothing of %s', async (_what, broken, code) => {
    const folder = await newFolder();
    await expect(spool(broken(), folder, expected)).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves nothing after an abort or on a full disk', async () => {
    const folder = await newFolder();
    await expect(spool(body('abcd'), folder, expected, { signal: AbortSignal.abort(new Error('interrupted')) })).rejects.toThrow(
      'interrupted',
    );
    await expect(atomicFiles(fullAfter(3)).spool(body('abcd'), folder, expected)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes whole chunks although the system takes only parts of them', async () => {
    const folder = await newFolder();
    const files: FileOperations = {
      ...nodeFiles,
      open: async (...args) => {
        const handle = await nodeFiles.open(...args);
        const write = handle.write.bind(handle) as (data: Uint8Array, offset: number, length: number) => Promise<{ bytesWritten: number }>;
        const oneByOne = (data: Uint8Array, offset: number) => write(data, offset, 1);
        handle.write = oneByOne as unknown as typeof handle.write;
        return handle;
      },
    };
    const spooled = await atomicFiles(files).spool(body('abcd'), folder, expected);
    expect(await readFile(spooled.path, 'utf8')).toBe('abcd');
  });

  it('makes what publishFile takes', async () => {
    const folder = await newFolder();
    const { path } = await spool(body('abcd'), folder, expected);
    await chmod(folder, 0o755);
    await publishFile(path, join(folder, 'foo-1.0.tar.gz'));
    expect(await readdir(folder)).toEqual(['foo-1.0.tar.gz']);
  });
});

describe('fileSystemError', () => {
  it('says what was tried, where, and why it failed', () => {
    const cause = systemError('EACCES');
    expect(fileSystemError(cause, '/srv/index', 'write')).toMatchObject({
      code: 'FILE_SYSTEM',
      message: 'cannot write /srv/index: permission denied (EACCES)',
      hint: 'check the owner and the permissions of the file and its folder',
      cause,
    });
  });

  it('keeps the words of an error that is no system call', () => {
    expect(fileSystemError(new Error('odd'), '/a', 'read').message).toBe('cannot read /a: odd');
    expect(fileSystemError('odder', '/a', 'read').message).toBe('cannot read /a: odder');
  });

  it('shows no control characters of a path', () => {
    expect(fileSystemError(systemError('ENOENT'), '/a\u001b[2J', 'read').message).toContain('/a\\u001b[2J');
  });
});
