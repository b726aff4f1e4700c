import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isRoot, nobody } from './daemon.ts';
import { findPostgres, initDatabase, type Postgres, type PostgresPrograms, startPostgres } from './postgres.ts';
import { cacheFolder, Unavailable, virtualEnvironment } from './python.ts';
import { must, sealedEnvironment } from './run.ts';

/** A Pulp that can be started: its programs, and a database that is ready for it. */
export interface PulpInstallation {
  /** Folder of its programs. */
  readonly bin: string;
  readonly postgres: PostgresPrograms;
  /** Folder with a database whose tables are made, and the key that it was made with. */
  readonly template: string;
}

/** Who may do everything. */
export const pulpAdmin = { username: 'admin', password: 'admin-password' } as const;

/** The folders of one Pulp: all of it is gone when it stops. */
export interface PulpHome {
  readonly folder: string;
  readonly postgres: PostgresPrograms;
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the data folder `data`, that belongs to the database's user. */
  readonly database: string;
  readonly logs: string;
}

/**
 * Pulp with pulp_python and a PostgreSQL, made ready once and kept: its programs by what they were made from, its tables by that and by the version of
 * PostgreSQL. It needs no Redis: its tasks wait in the database, and its cache is off unless configured. @throws Unavailable
 */
export async function installPulp(): Promise<PulpInstallation> {
  const postgres = await findPostgres();
  const { bin, key } = await virtualEnvironment({
    name: 'pulp',
    requirements: 'pulp-requirements.txt',
    constraints: 'pulp-constraints.txt',
    buildTools: ['setuptools', 'wheel'],
  });
  const template = join(cacheFolder(), `pulp-database-${key}-${postgres.version}`);
  if (!existsSync(template)) await makeTemplate({ bin, postgres, template });
  return { bin, postgres, template };
}

async function makeTemplate({ bin, postgres: programs, template }: PulpInstallation): Promise<void> {
  const home = await makeHome(programs, 'http://127.0.0.1/');
  let postgres: Postgres | undefined;
  try {
    const { folder, env } = home;
    await writeFile(keyPath(folder), `${randomBytes(32).toString('base64url')}=\n`, { mode: 0o600 });
    await initDatabase(home.postgres, home.database);
    postgres = await startPostgres(home.postgres, home.database, join(home.logs, 'postgres.log'));
    const manager = join(bin, 'pulpcore-manager');
    await must(manager, ['migrate', '--noinput'], { cwd: folder, env, timeout: 300_000 });
    await must(manager, ['reset-admin-password', '--password', pulpAdmin.password], { cwd: folder, env });
    await postgres.daemon.stop();
    const fresh = await mkdtemp(`${template}-`);
    await copy(join(home.database, 'data'), fresh);
    await cp(keyPath(folder), keyPath(fresh));
    await rename(fresh, template);
  } finally {
    await postgres?.daemon.stop();
    await rm(home.folder, { recursive: true, force: true });
  }
}

const keyPath = (folder: string): string => join(folder, 'database.key');

/** A folder of its own for one Pulp with a copy of the database. @param url address that others reach it at */
export async function furnish({ postgres, template }: PulpInstallation, url: string): Promise<PulpHome> {
  const home = await makeHome(postgres, url);
  try {
    await copy(join(template, 'data'), home.database);
    if (isRoot) await must('chown', ['-R', `${nobody}:${nobody}`, home.database]);
    await cp(keyPath(template), keyPath(home.folder));
    return home;
  } catch (error) {
    await rm(home.folder, { recursive: true, force: true });
    throw error;
  }
}

/** Copies a folder into another with owners and modes, which Node's own copy does not keep. */
async function copy(from: string, into: string): Promise<void> {
  await must('cp', ['-a', from, into]);
}

async function makeHome(programs: PostgresPrograms, url: string): Promise<PulpHome> {
  const folder = await mkdtemp(join(tmpdir(), 'pkgsync-pulp-'));
  try {
    // The database's user has to get through.
    await chmod(folder, 0o755);
    const [database, logs] = [join(folder, 'database'), join(folder, 'logs')];
    for (const path of [database, logs, ...['media', 'tmp', 'assets'].map((name) => join(folder, name))]) await mkdir(path);
    await chmod(database, 0o700);
    if (isRoot) await must('chown', [`${nobody}:${nobody}`, database]);
    const settings = join(folder, 'settings.py');
    await writeFile(settings, settingsFor(folder, database, url), { mode: 0o600 });
    return { folder, postgres: await reachable(programs, folder), env: environment(folder, settings), database, logs };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Where root runs the tests, `nobody` may be kept from the cache. */
async function reachable(programs: PostgresPrograms, folder: string): Promise<PostgresPrograms> {
  const { unpacked } = programs;
  if (unpacked === undefined || !isRoot) return programs;
  const copied = join(folder, 'postgresql');
  await copy(unpacked, copied);
  await chmod(copied, 0o755);
  const moved = (path: string): string => path.replaceAll(unpacked, copied);
  return { ...programs, bin: moved(programs.bin), env: { ...programs.env, LD_LIBRARY_PATH: moved(programs.env['LD_LIBRARY_PATH'] ?? '') } };
}

function environment(folder: string, settings: string): NodeJS.ProcessEnv {
  return sealedEnvironment(join(folder, 'tmp'), { PULP_SETTINGS: settings, PYTHONUNBUFFERED: '1' });
}

/** https://pulpproject.org/pulpcore/docs/admin/reference/settings/: JSON is Python here. */
function settingsFor(folder: string, database: string, url: string): string {
  const settings: Readonly<Record<string, unknown>> = {
    SECRET_KEY: randomBytes(32).toString('hex'),
    DB_ENCRYPTION_KEY: keyPath(folder),
    MEDIA_ROOT: join(folder, 'media'),
    WORKING_DIRECTORY: join(folder, 'tmp'),
    FILE_UPLOAD_TEMP_DIR: join(folder, 'tmp'),
    STATIC_ROOT: join(folder, 'assets'),
    DATABASES: { default: { ENGINE: 'django.db.backends.postgresql', NAME: 'postgres', USER: 'pulp', HOST: database, CONN_MAX_AGE: 0 } },
    CONTENT_ORIGIN: url.slice(0, -1),
    PYPI_API_HOSTNAME: url.slice(0, -1),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  // Nothing of a test goes anywhere else.
  return `${lines.join('')}ANALYTICS = False\n`;
}

/** The installation, or why this machine has none; also the last argument of `interop`. */
export async function preparePulp(): Promise<
  { readonly installation: PulpInstallation; readonly unavailable?: never } | { readonly unavailable: string }
> {
  try {
    return { installation: await installPulp() };
  } catch (error) {
    if (error instanceof Unavailable) return { unavailable: error.message };
    throw error;
  }
}
