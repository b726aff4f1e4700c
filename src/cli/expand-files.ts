import { lstat, readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { PkgsyncError, printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { compareText } from '../packaging/name.ts';

/**
 * Paths that arguments stand for, each once, patterns (`dist/*`) expanded as a shell would: `*` and `?` within one name, hidden names only where the
 * pattern says so. A shell has often done it already; one that has not (cmd.exe, quotes) leaves it to us. A name that exists is itself, whatever is in it.
 * @throws PkgsyncError USAGE where an argument stands for nothing
 */
export async function expandFiles(args: readonly string[]): Promise<readonly string[]> {
  const paths = new Set<string>();
  for (const arg of args) {
    const found = (await exists(arg)) ? [arg] : await expand(arg);
    if (found.length === 0) {
      const what = isPattern(arg) ? 'matches no file' : 'does not exist';
      throw new PkgsyncError('USAGE', `${printable(arg, 1000)} ${what}`, { hint: 'build the distributions first, or check the path' });
    }
    for (const path of found) paths.add(path);
  }
  return [...paths];
}

async function expand(pattern: string): Promise<readonly string[]> {
  if (!isPattern(pattern)) return [];
  const { root } = parse(pattern);
  const segments = pattern.slice(root.length).split(process.platform === 'win32' ? /[\\/]/ : '/');
  let found: readonly string[] = [root];
  for (const segment of segments.filter((each) => each !== '')) {
    const next: string[] = [];
    for (const folder of found) next.push(...(await children(folder, segment)));
    found = next;
  }
  return found;
}

async function children(folder: string, segment: string): Promise<readonly string[]> {
  if (!isPattern(segment)) return (await exists(join(folder, segment))) ? [join(folder, segment)] : [];
  let names: readonly string[];
  try {
    names = await readdir(folder === '' ? '.' : folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return [];
    throw fileSystemError(error, folder, 'read');
  }
  const matching = names.filter((name) => (!name.startsWith('.') || segment.startsWith('.')) && matches(name, segment));
  return matching.sort(compareText).map((name) => join(folder, name));
}

function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/** Wildcards without backtracking over more than the last `*`. */
export function matches(name: string, pattern: string): boolean {
  let at = 0;
  let within = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    if (pattern[within] === '*') {
      star = within;
      resume = at;
      within += 1;
    } else if (within < pattern.length && (pattern[within] === '?' || pattern[within] === name[at])) {
      at += 1;
      within += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      within = star + 1;
    } else return false;
  }
  while (pattern[within] === '*') within += 1;
  return within === pattern.length;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes(systemErrorCode(error) ?? '')) return false;
    throw fileSystemError(error, path, 'look up');
  }
}
