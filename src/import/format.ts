import { PkgsyncError, printable } from '../errors.ts';
import { lastPathPart } from './location.ts';
import type { ImportFormat } from './imported.ts';

/** Files that say what is wanted and not what was locked. */
const notLocked: ReadonlyMap<string, string> = new Map([
  ['pyproject.toml', "lock it first (uv lock, poetry lock or 'pip lock') and import the lock"],
  ['pipfile', "run 'pipenv lock' and import Pipfile.lock"],
  ['setup.py', 'write its requirements into a requirements file'],
  ['setup.cfg', 'write its requirements into a requirements file'],
]);

/**
 * The format of a file by its name, else by its content.
 * @param location path or URL, as written
 * @throws PkgsyncError USAGE where neither tells
 */
export function formatOf(location: string, text: string): ImportFormat {
  const filename = lastPathPart(location).toLowerCase();
  const hint = notLocked.get(filename);
  if (hint !== undefined) throw new PkgsyncError('USAGE', `${printable(location, 1000)} names no locked or pinned packages`, { hint });
  const format = byName(filename) ?? byContent(text) ?? (/\.(?:txt|in)$/.test(filename) ? 'requirements' : undefined);
  if (format !== undefined) return format;
  throw new PkgsyncError('USAGE', `${printable(location, 1000)}: what format it has does not show`, { hint: 'name it with --format' });
}

function byName(filename: string): ImportFormat | undefined {
  if (filename === 'uv.lock') return 'uv';
  if (filename === 'poetry.lock') return 'poetry';
  if (filename === 'pipfile.lock') return 'pipfile';
  if (/^pylock(?:\.[^.]+)?\.toml$/.test(filename)) return 'pylock';
  if (filename.endsWith('.cfg')) return 'versions-cfg';
  return undefined;
}

/** By marks that only this format has; a requirements file has none. */
function byContent(text: string): ImportFormat | undefined {
  const start = text.slice(0, 64 * 1024);
  if (/^\s*\{/.test(start)) return start.includes('"_meta"') ? 'pipfile' : undefined;
  if (/^\[\[package\]\]\s*$/m.test(start)) return /^content-hash\s*=/m.test(text.slice(-64 * 1024)) ? 'poetry' : 'uv';
  if (/^lock-version\s*=\s*"/m.test(start)) return 'pylock';
  return /^\[(?:versions|buildout)\b/m.test(start) ? 'versions-cfg' : undefined;
}
