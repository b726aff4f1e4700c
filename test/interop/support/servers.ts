import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { get as getByTls } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { cacheFolder, type Tools } from './python.ts';
import { must, sealedEnvironment } from './run.ts';

/** A server process of this test. */
export interface Server {
  /** Address of its root, with a final slash. */
  readonly url: string;
  /** The end of what it logged. */
  log(): string;
  stop(): Promise<void>;
}

/** Servers that still run; whatever ends the tests, they end too. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A port that was free a moment ago: a server that finds it taken is started again on another. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}

export interface ServerCommand {
  readonly name: string;
  readonly command: string;
  /** May write what the server reads of its port first. */
  args(port: number): readonly string[];
  /** For its log and its home. */
  readonly folder: string;
  /** Path that answers 200 once the server serves. */
  readonly ready: string;
  /** Whether it speaks TLS; its certificate does not matter for being ready. */
  readonly tls?: boolean;
}

const attempts = 3;
const startSeconds = 60;
const stopSeconds = 10;

/** Starts a server and waits until it answers; a process that ends before that is tried again on another port. */
export async function start(command: ServerCommand): Promise<Server> {
  mkdirSync(command.folder, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const url = `${command.tls === true ? 'https' : 'http'}://127.0.0.1:${port}/`;
    const logPath = join(command.folder, `${command.name}-${port}.log`);
    const log = openSync(logPath, 'w');
    const child = spawn(command.command, command.args(port), {
      stdio: ['ignore', log, log],
      env: sealedEnvironment(command.folder, { PYTHONUNBUFFERED: '1' }),
    });
    closeSync(log);
    running.add(child);
    const server: Server = { url, log: () => tail(logPath), stop: () => stop(child) };
    if (await answers(child, new URL(command.ready, url))) return server;
    await server.stop();
    if (attempt === attempts) throw new Error(`${command.name} did not start:\n${server.log()}`);
  }
}

/** Polls until the server answers (true), or ends or exceeds its time (false). */
async function answers(child: ChildProcess, url: URL): Promise<boolean> {
  const deadline = Date.now() + startSeconds * 1000;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    if ((await statusOf(url)) === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** The status that `url` answers, or undefined where nothing answers (yet): what stays wrong ends at the caller's deadline with the server's log. */
async function statusOf(url: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    const answered = (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode);
    };
    const options = { timeout: 2_000 };
    const request =
      url.protocol === 'https:' ? getByTls(url, { ...options, rejectUnauthorized: false }, answered) : get(url, options, answered);
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000);
  await ended;
  clearTimeout(timer);
}

function tail(path: string): string {
  return readFileSync(path, 'utf8').split('\n').slice(-60).join('\n');
}

export interface PypiserverOptions {
  /** Folder of the files it serves and takes. */
  readonly packages: string;
  /** Folder for its log and passwords. */
  readonly folder: string;
  /** Users who may upload; without any, everybody may. */
  readonly users?: Readonly<Record<string, string>>;
  /** Actions that need a password; `update` unless given. */
  readonly protect?: string;
  /** Where projects that are not here are redirected; `none` for a plain 404. */
  readonly fallback: string;
  readonly overwrite?: boolean;
  /** Algorithm of the link's digest; `off` for none. */
  readonly hashAlgorithm?: string;
  /** Path below which it serves everything; the root unless given. */
  readonly basePath?: string;
}

export async function startPypiserver(tools: Tools, options: PypiserverOptions): Promise<Server> {
  mkdirSync(options.packages, { recursive: true });
  mkdirSync(options.folder, { recursive: true });
  const passwords = join(options.folder, 'htpasswd');
  const users = Object.entries(options.users ?? {});
  writeFileSync(passwords, users.map(([user, password]) => `${user}:{SHA}${sha1(password)}\n`).join(''));
  const { basePath } = options;
  const access = users.length === 0 ? ['-a', '.', '-P', '.'] : ['-a', options.protect ?? 'update', '-P', passwords];
  const server = await start({
    name: 'pypiserver',
    command: tools.pypiserver,
    args: (port) => [
      'run',
      ...['-i', '127.0.0.1', '-p', String(port), '--server', 'wsgiref', '--backend', 'simple-dir', ...access],
      ...(options.fallback === 'none' ? ['--disable-fallback'] : ['--fallback-url', options.fallback]),
      ...(options.overwrite === true ? ['--overwrite'] : []),
      ...(options.hashAlgorithm === undefined ? [] : ['--hash-algo', options.hashAlgorithm]),
      ...(basePath === undefined ? [] : ['--server-base-url', basePath]),
      options.packages,
    ],
    folder: options.folder,
    ready: basePath === undefined ? 'health' : `${basePath}/health`,
  });
  return basePath === undefined ? server : { ...server, url: new URL(`${basePath}/`, server.url).href };
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}

export const devpiUser = { username: 'ci', password: 'ci-password' } as const;
const devpiRootPassword = 'root-password';

/** Without these, devpi spends seconds of every start on making its secret hard to guess. */
const cheapHashing = ['--argon2-time-cost', '1', '--argon2-memory-cost', '64', '--argon2-parallelism', '1'];

/** An initialised server folder is the same every time, so it is made once and copied. */
async function devpiTemplate(tools: Tools): Promise<string> {
  const template = join(cacheFolder(), `devpi-${createHash('sha256').update(tools.devpiInit).digest('hex').slice(0, 16)}`);
  if (existsSync(template)) return template;
  const fresh = `${template}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(cacheFolder(), { recursive: true });
  await must(tools.devpiInit, ['--serverdir', fresh, '--root-passwd', devpiRootPassword, '--no-root-pypi']);
  renameSync(fresh, template);
  return template;
}

export interface DevpiLogin {
  readonly username: string;
  readonly password: string;
}

export interface DevpiServer extends Server {
  /** Makes an index of a user, `ci` unless given; returns its address with a final slash. */
  createIndex(name: string, settings?: Readonly<Record<string, unknown>>, owner?: DevpiLogin): Promise<string>;
  /** Makes a user; `by` where the server lets only some do that. */
  createUser(user: DevpiLogin, by?: DevpiLogin): Promise<void>;
  /** A token of a user as `devpi login` gets it: it is sent where the password would be. */
  login(user: DevpiLogin): Promise<string>;
}

export const devpiRoot: DevpiLogin = { username: 'root', password: devpiRootPassword };

/** A devpi server without any index but those the test makes. @param more further options of devpi-server */
export async function startDevpi(tools: Tools, folder: string, more: readonly string[] = []): Promise<DevpiServer> {
  const serverFolder = join(folder, 'devpi');
  cpSync(await devpiTemplate(tools), serverFolder, { recursive: true });
  const fixed = ['--serverdir', serverFolder, '--host', '127.0.0.1', '--threads', '8', ...cheapHashing, ...more];
  const server = await start({
    name: 'devpi',
    command: tools.devpiServer,
    args: (port) => [...fixed, '--port', String(port)],
    folder,
    ready: '+api',
  });
  const createUser = async ({ username, password }: DevpiLogin, by?: DevpiLogin): Promise<void> => {
    await send(server.url, 'PUT', username, { password }, by);
  };
  try {
    await createUser(devpiUser, devpiRoot);
    return {
      ...server,
      createUser,
      createIndex: async (name, settings = {}, owner = devpiUser) => {
        const path = `${owner.username}/${name}`;
        await send(server.url, 'PUT', path, settings, owner);
        return new URL(`${path}/`, server.url).href;
      },
      login: async ({ username, password }) => {
        const answer = (await send(server.url, 'POST', '+login', { user: username, password })) as { readonly result: DevpiLogin };
        return answer.result.password;
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function send(root: string, method: string, path: string, body: unknown, user?: DevpiLogin): Promise<unknown> {
  const headers: Record<string, string> = { accept: 'application/json', 'content-type': 'application/json' };
  if (user !== undefined) headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  const response = await fetch(new URL(path, root), { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`devpi answered ${response.status} to ${method} ${path}: ${await response.text()}`);
  return await response.json();
}

/** Python's own static server: HTML pages and files, nothing negotiated, as many small hosts serve a folder. */
export async function startStaticHost(tools: Tools, served: string, folder: string): Promise<Server> {
  return start({
    name: 'static',
    command: tools.python,
    args: (port) => ['-m', 'http.server', '--bind', '127.0.0.1', '--directory', served, String(port)],
    folder,
    ready: '',
  });
}
