import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { asNobody, canDropRoot, type Daemon, ready, startDaemon } from './daemon.ts';
import { cacheFolder, lastError, Unavailable } from './python.ts';
import { must, run, type RunOptions } from './run.ts';

/** Programs of one PostgreSQL. */
export interface PostgresPrograms {
  readonly bin: string;
  /** What it has to be started with. */
  readonly env: NodeJS.ProcessEnv;
  /** `15.18`: data folders of one version fit no other. */
  readonly version: string;
  /** What has to be copied to where `nobody` can read it, as the cache may lie in a folder that only its owner enters. */
  readonly unpacked?: string | undefined;
}

/** The oldest that Pulp works with. */
const oldest = 14;

/**
 * The machine's PostgreSQL; where there is none, that of its Debian or Ubuntu, unpacked into the cache: nothing is installed, and no service started.
 * @throws Unavailable
 */
export async function findPostgres(): Promise<PostgresPrograms> {
  if (!canDropRoot) throw new Unavailable('PostgreSQL refuses to run as root, and there is no setpriv to run it as nobody');
  const own = await installed('/');
  if (own !== undefined) return own;
  const folder = join(cacheFolder(), 'postgresql');
  const kept = await installed(folder);
  if (kept !== undefined) return kept;
  await mkdir(cacheFolder(), { recursive: true });
  const fresh = await mkdtemp(join(cacheFolder(), 'postgresql-'));
  try {
    await unpackPackages(fresh);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  const unpacked = await installed(folder);
  if (unpacked === undefined) throw new Unavailable(`the packaged PostgreSQL does not run on this machine, or is older than ${oldest}`);
  return unpacked;
}

/** The newest PostgreSQL below `root` that runs; where that is the machine itself, one on the PATH will do. */
async function installed(root: string): Promise<PostgresPrograms | undefined> {
  const versions = join(root, 'usr', 'lib', 'postgresql');
  const numbered = existsSync(versions) ? (await readdir(versions)).sort((a, b) => Number(b) - Number(a)) : [];
  const onPath = root === '/' ? (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '') : [];
  const candidates = [...numbered.map((version) => join(versions, version, 'bin')), ...onPath];
  const env = root === '/' ? process.env : { ...process.env, LD_LIBRARY_PATH: (await libraryFolders(root)).join(delimiter) };
  for (const bin of candidates) {
    if (!['postgres', 'initdb', 'pg_isready'].every((program) => existsSync(join(bin, program)))) continue;
    const { code, stdout } = await run(join(bin, 'postgres'), ['--version'], { env });
    const version = /\d+(\.\d+)*/.exec(stdout)?.[0];
    if (code === 0 && version !== undefined && Number.parseInt(version, 10) >= oldest) {
      return { bin, env, version, unpacked: root === '/' ? undefined : root };
    }
  }
  return undefined;
}

/** Where the packages of one architecture keep their libraries. */
async function libraryFolders(root: string): Promise<string[]> {
  const folders: string[] = [];
  for (const lib of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    if (!existsSync(lib)) continue;
    const names = await readdir(lib);
    folders.push(...names.filter((name) => name.endsWith('-linux-gnu')).map((name) => join(lib, name)));
  }
  return folders;
}

async function unpackPackages(folder: string): Promise<void> {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb')) {
    throw new Unavailable(
      `no PostgreSQL ${oldest} or newer (postgres, initdb, pg_isready): install it, such as by \`brew install postgresql\``,
    );
  }
  const archives = join(folder, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  // What it needs and the machine lacks comes along; downloading takes neither a lock nor, once there are lists of packages, any rights.
  const settings = ['-o', `Dir::Cache::archives=${archives}/`, '-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User='];
  const download = () =>
    run('apt-get', ['install', '--download-only', '--yes', '--quiet', '--no-install-recommends', ...settings, 'postgresql']);
  if ((await download()).code !== 0) {
    // A fresh machine has no lists of packages yet, an old one lists what is gone; where they may not be fetched, the next try says what is wrong.
    await run('apt-get', ['update', '--quiet']);
    const again = await download();
    if (again.code !== 0) throw new Unavailable(`no PostgreSQL, and its packages could not be downloaded: ${lastError(again.stderr)}`);
  }
  // Only what is needed to run it, and never another C library than the machine's.
  const wanted = /^(postgresql-\d|postgresql-client-\d|lib(?!c6|c-bin))/;
  const packages = (await readdir(archives)).filter((name) => wanted.test(name) && name.endsWith('.deb'));
  for (const name of packages) await must('dpkg-deb', ['--extract', join(archives, name), folder]);
  await rm(archives, { recursive: true, force: true });
}

/** A PostgreSQL that only this folder's socket leads to. */
export interface Postgres {
  readonly daemon: Daemon;
  /** Folder of its socket, in place of a host. */
  readonly host: string;
}

/** Its superuser, who needs no password. */
export const postgresUser = 'pulp';

/** Makes an empty data folder `data` in `folder`, which has to be its user's. */
export async function initDatabase({ bin, env }: PostgresPrograms, folder: string): Promise<void> {
  const options = ['--username', postgresUser, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--wal-segsize=1'];
  await asUser(join(bin, 'initdb'), ['--pgdata', join(folder, 'data'), ...options], { cwd: folder, env });
}

async function asUser(command: string, args: readonly string[], options: RunOptions): Promise<void> {
  const [wrapped, all] = asNobody(command, args);
  await must(wrapped, all, options);
}

/** What a database that is thrown away need not do: reach the disk. */
const careless = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=64MB', 'max_connections=60', 'jit=off'];

/** Starts it on the data folder `data` of `folder`. @param logPath writable by the one who runs the tests */
export async function startPostgres({ bin, env }: PostgresPrograms, folder: string, logPath: string): Promise<Postgres> {
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'max_wal_size=64MB', 'min_wal_size=16MB', ...careless];
  const daemon = startDaemon({
    name: 'postgres',
    command: join(bin, 'postgres'),
    args: ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
    cwd: folder,
    env,
    logPath,
    // Does not wait for clients to leave.
    stopSignal: 'SIGINT',
    unprivileged: true,
  });
  try {
    await ready(
      [daemon],
      async () =>
        (await run(join(bin, 'pg_isready'), ['--quiet', '--host', folder, '--username', postgresUser, '--dbname', 'postgres'], { env }))
          .code === 0,
    );
    return { daemon, host: folder };
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}
