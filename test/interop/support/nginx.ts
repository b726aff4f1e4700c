import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import type { Certificate } from './certificates.ts';
import type { Lab } from './lab.ts';
import { cacheFolder, lastError, Unavailable } from './python.ts';
import { must, run } from './run.ts';
import { type Server, start } from './servers.ts';

/** A command's path, where the machine has it; `sbin` is not on every user's PATH. */
function commandPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * The machine's nginx; where there is none, that of its Debian or Ubuntu, unpacked into the cache: nothing is installed, no service is started,
 * and no rights are needed. @throws Unavailable
 */
async function findNginx(): Promise<string> {
  const own = commandPath('nginx');
  if (own !== undefined) return own;
  const folder = join(cacheFolder(), 'nginx');
  const binary = join(folder, 'usr', 'sbin', 'nginx');
  if (existsSync(binary)) return binary;
  await mkdir(cacheFolder(), { recursive: true });
  const fresh = await mkdtemp(join(cacheFolder(), 'nginx-'));
  try {
    await unpackPackage(fresh);
    if ((await run(join(fresh, 'usr', 'sbin', 'nginx'), ['-v'])).code !== 0)
      throw new Unavailable('the packaged nginx does not run on this machine');
    await rename(fresh, folder);
    return binary;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function unpackPackage(folder: string): Promise<void> {
  if (commandPath('apt-get') === undefined || commandPath('dpkg-deb') === undefined) {
    throw new Unavailable('no nginx: install it, such as by `brew install nginx`');
  }
  const download = () => run('apt-get', ['download', '--quiet', 'nginx'], { cwd: folder });
  if ((await download()).code !== 0) {
    // A fresh machine has no lists of packages yet; where they may not be fetched, the second download says what is wrong.
    await run('apt-get', ['update', '--quiet']);
    const again = await download();
    if (again.code !== 0) throw new Unavailable(`no nginx, and its package could not be downloaded: ${lastError(again.stderr)}`);
  }
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  await must('dpkg-deb', ['--extract', join(folder, archive ?? 'nginx.deb'), folder]);
}

async function prepare(): Promise<{ readonly binary: string; readonly unavailable?: never } | { readonly unavailable: string }> {
  try {
    if (commandPath('openssl') === undefined) return { unavailable: 'no openssl, which makes the certificates' };
    return { binary: await findNginx() };
  } catch (error) {
    if (error instanceof Unavailable) return { unavailable: error.message };
    throw error;
  }
}

/** nginx and openssl, or why they are not to be had; the last argument of `interop`. */
export const nginx = await prepare();

export interface SiteOptions {
  /** Absent: plain HTTP. */
  readonly tls?: Certificate;
  /** What stands in `server { … }` beside the port, the certificate and the place that tells that it is ready. */
  readonly server: string;
  /** What stands beside `server`, such as a `map`. */
  readonly http?: string;
}

/** Text of a password file for `auth_basic_user_file`. */
export function htpasswd(users: Readonly<Record<string, string>>): string {
  const hash = (password: string) => createHash('sha1').update(password).digest('base64');
  return Object.entries(users)
    .map(([user, password]) => `${user}:{SHA}${hash(password)}\n`)
    .join('');
}

/** One nginx of this test with one site: its own configuration, folder and port; a single process, stopped with the lab. */
export async function startNginx(lab: Lab, site: SiteOptions): Promise<Server> {
  if (nginx.unavailable !== undefined) throw new Error(nginx.unavailable);
  const folder = lab.path(`server-${lab.servers.length}-nginx`);
  mkdirSync(folder, { recursive: true });
  const server = await start({
    name: 'nginx',
    command: nginx.binary,
    args: (port) => {
      writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, site));
      return ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'];
    },
    folder,
    ready: '.ready',
    tls: site.tls !== undefined,
  });
  lab.servers.push(server);
  return server;
}

function configuration(folder: string, port: number, { tls, server, http = '' }: SiteOptions): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  const listen = [
    `listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'};`,
    ...(tls === undefined ? [] : [`ssl_certificate ${tls.certificate};`, `ssl_certificate_key ${tls.key};`]),
  ];
  return `
daemon off;
master_process off;
error_log stderr warn;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  access_log /dev/stdout;
  ${places.join('\n  ')}
  ${http}
  server {
    ${listen.join('\n    ')}
    location = /.ready { auth_basic off; return 200; }
    ${server}
  }
}
`;
}
