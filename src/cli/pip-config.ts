import { readFile } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { parseIni } from '../credentials/ini.ts';
import { isPkgsyncError, printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';

/** A machine as far as it decides where pip's configuration lies. */
export interface PipMachine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * The files that pip would read, the one that decides first: PIP_CONFIG_FILE, the virtual environment's, the user's (new and old place), the machine's.
 * `PIP_CONFIG_FILE` set to the null device leaves all of them out. https://pip.pypa.io/en/stable/topics/configuration/#location
 */
export function pipConfigPaths({ environment, platform, home }: PipMachine): readonly string[] {
  const set = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const windows = platform === 'win32';
  const join = (...parts: readonly string[]): string => (windows ? win32 : posix).join(...parts);
  const own = set('PIP_CONFIG_FILE');
  if (own !== undefined && (windows ? own.toLowerCase() === 'nul' : own === '/dev/null')) return [];
  const name = windows ? 'pip.ini' : 'pip.conf';
  const virtual = set('VIRTUAL_ENV');
  return [
    ...(own === undefined ? [] : [own]),
    ...(virtual === undefined ? [] : [join(virtual, name)]),
    ...userFolders().map((folder) => join(folder, name)),
    ...machineFiles(),
  ];

  function userFolders(): readonly string[] {
    if (windows) return [join(set('APPDATA') ?? join(home, 'AppData', 'Roaming'), 'pip'), join(home, 'pip')];
    const xdg = join(set('XDG_CONFIG_HOME') ?? join(home, '.config'), 'pip');
    const mac = join(home, 'Library', 'Application Support', 'pip');
    // On macOS the first counts where its folder is there, else the second: reading both in this order comes to the same for credentials.
    return platform === 'darwin' ? [mac, xdg, join(home, '.pip')] : [xdg, join(home, '.pip')];
  }

  function machineFiles(): readonly string[] {
    if (windows) return [join(set('PROGRAMDATA') ?? set('ALLUSERSPROFILE') ?? 'C:\\ProgramData', 'pip', name)];
    if (platform === 'darwin') return [join('/Library', 'Application Support', 'pip', name)];
    const folders = (set('XDG_CONFIG_DIRS') ?? '/etc/xdg').split(':').filter((folder) => folder !== '');
    // pip reads /etc last, so that it wins.
    return ['/etc/pip.conf', ...folders.reverse().map((folder) => join(folder, 'pip', name))];
  }
}

/** An index URL of pip's configuration, and where it stands: `/etc/pip.conf:4 (extra-index-url)`. */
export interface PipIndex {
  readonly url: string;
  readonly where: string;
}

/** The index URLs of these files; one that cannot be read is told of and not used. */
export async function pipConfigIndexes(paths: readonly string[], onWarning: (sentence: string) => void): Promise<readonly PipIndex[]> {
  const found: PipIndex[] = [];
  for (const path of paths) {
    const label = printable(path, 1000);
    try {
      const file = parseIni(await readFile(path, 'utf8'), label);
      for (const key of ['index-url', 'extra-index-url']) {
        const where = `${label}:${file.line('global', key) ?? 1} (${key})`;
        for (const url of words(file.get('global', key))) found.push({ url, where });
      }
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      if (code === undefined && !isPkgsyncError(error)) throw error;
      const { message } = isPkgsyncError(error) ? error : fileSystemError(error, path, 'read');
      onWarning(`${message}; this file is not used`);
    }
  }
  return found;
}

/** Words of a list, divided by spaces and ends of lines. */
export function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
