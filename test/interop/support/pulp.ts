import { afterAll } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { type Daemon, ready, startDaemon } from './daemon.ts';
import { type Front, startFront } from './front.ts';
import type { Lab } from './lab.ts';
import { startPostgres } from './postgres.ts';
import { furnish, preparePulp, pulpAdmin, type PulpInstallation } from './pulp-setup.ts';
import type { Server } from './servers.ts';

export { pulpAdmin } from './pulp-setup.ts';

/** Pulp, or why this machine has none; the last argument of `interop`. */
export const pulp = await preparePulp();

/** One distribution and its repository. */
export interface PulpIndex {
  /** To upload to. */
  readonly url: string;
  readonly simpleUrl: string;
  readonly name: string;
  /** Paths of the REST API. */
  readonly repository: string;
  readonly distribution: string;
}

export interface PulpUser {
  readonly username: string;
  readonly password: string;
}

type Fields = Readonly<Record<string, unknown>>;
export type Answer = Record<string, unknown>;

export interface PulpServer extends Server {
  /** The same server by another origin, as where its files are served by another host than its API. */
  readonly otherUrl: string;
  /** What `url` leads to; tests that change it put it back. */
  readonly front: Front;
  /** What the REST API answers; the result of a task is its end. @throws Error for any other status than 2xx, and for a task that fails */
  api(method: string, path: string, body?: Fields): Promise<Answer>;
  /** Makes a repository and a distribution that serves it; `name` is its path, too. */
  createIndex(name: string, settings?: { readonly repository?: Fields; readonly distribution?: Fields }): Promise<PulpIndex>;
  /** Makes a user who has these roles on the index's repository or, where they are about distributions, on that. */
  createUser(user: PulpUser, roles: readonly string[], index: PulpIndex): Promise<void>;
}

const restApi = '/pulp/api/v3';

/** Starts the API, what serves files, a worker and the database; resolves once a task would be taken. */
export async function startPulp(installation: PulpInstallation): Promise<PulpServer> {
  const sockets = { api: '', content: '' };
  const route = (path: string): string => (path.startsWith('/pulp/content/') ? sockets.content : sockets.api);
  const [front, other] = [await startFront(route), await startFront(route)];
  const home = await furnish(installation, front.url);
  sockets.api = join(home.folder, 'api.sock');
  sockets.content = join(home.folder, 'content.sock');
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(daemons.slice(1).map((daemon) => daemon.stop()));
    // The others say goodbye to it.
    await daemons[0]?.stop();
    await Promise.all([front.close(), other.close()]);
    await rm(home.folder, { recursive: true, force: true });
  };
  const serve = (name: string, args: readonly string[]): void => {
    const command = join(installation.bin, name);
    daemons.push(startDaemon({ name, command, args, cwd: home.folder, env: home.env, logPath: join(home.logs, `${name}.log`) }));
  };
  const url = front.url;
  const server: PulpServer = {
    url,
    otherUrl: other.url,
    front,
    log: () => daemons.map((daemon) => `--- ${daemon.name}\n${daemon.log()}`).join('\n'),
    stop,
    api: (method, path, body) => callApi(url, method, path, body),
    createIndex: (name, settings) => createIndex(url, name, settings),
    createUser: async (user, roles, { repository, distribution }) => {
      await callApi(url, 'POST', `${restApi}/users/`, { ...user });
      for (const role of roles) {
        const about = role.includes('distribution') ? distribution : repository;
        await callApi(url, 'POST', `${about}add_role/`, { role, users: [user.username] });
      }
    },
  };
  try {
    const { daemon } = await startPostgres(home.postgres, home.database, join(home.logs, 'postgres.log'));
    daemons.push(daemon);
    serve('pulpcore-api', ['--bind', `unix:${sockets.api}`, '--workers', '2', '--timeout', '60']);
    serve('pulpcore-content', ['--bind', `unix:${sockets.content}`, '--workers', '1', '--timeout', '60']);
    serve('pulpcore-worker', []);
    await ready(daemons, () => isComplete(url));
    return server;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whether the API answers, and knows of a worker and of what serves files. */
async function isComplete(url: string): Promise<boolean> {
  const response = await fetch(new URL(`${restApi}/status/`, url));
  const text = await response.text();
  if (!response.ok) return false;
  const status = JSON.parse(text) as Readonly<Record<string, readonly unknown[]>>;
  return ['online_workers', 'online_content_apps', 'online_api_apps'].every((part) => (status[part]?.length ?? 0) > 0);
}

async function callApi(origin: string, method: string, path: string, body?: Fields): Promise<Answer> {
  const { username, password } = pulpAdmin;
  const headers: Record<string, string> = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(new URL(path, origin), { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`Pulp answered ${response.status} to ${method} ${path}: ${text}`);
  const answer = text === '' ? {} : (JSON.parse(text) as Answer);
  return response.status === 202 ? endOf(origin, String(answer['task'])) : answer;
}

async function endOf(origin: string, task: string): Promise<Answer> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await callApi(origin, 'GET', task);
    if (answer['state'] === 'completed') return answer;
    if (answer['state'] === 'failed' || Date.now() > deadline) throw new Error(`the task did not complete: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function createIndex(
  origin: string,
  name: string,
  settings: { readonly repository?: Fields; readonly distribution?: Fields } = {},
): Promise<PulpIndex> {
  const repository = await callApi(origin, 'POST', `${restApi}/repositories/python/python/`, { name, ...settings.repository });
  const href = String(repository['pulp_href']);
  const fields = { name, base_path: name, repository: href, ...settings.distribution };
  const { created_resources: created } = await callApi(origin, 'POST', `${restApi}/distributions/python/pypi/`, fields);
  return {
    url: new URL(`pypi/${name}/legacy/`, origin).href,
    simpleUrl: new URL(`pypi/${name}/simple/`, origin).href,
    name,
    repository: href,
    distribution: String((created as readonly unknown[])[0]),
  };
}

let shared: Promise<PulpServer> | undefined;
let indexes = 0;
afterAll(async () => {
  if (shared !== undefined) await (await shared).stop();
});

/** The Pulp of this test file, started by the first test that needs it: each test takes indexes of its own. Its log is part of the lab's report. */
export async function sharedPulp(lab: Lab): Promise<PulpServer> {
  if (pulp.unavailable !== undefined) throw new Error(pulp.unavailable);
  shared ??= startPulp(pulp.installation);
  const server = await shared;
  lab.servers.push({ ...server, stop: () => Promise.resolve() });
  return server;
}

/** A new index of the shared Pulp, with a name that no other test of the file has. */
export async function pulpIndex(lab: Lab, settings?: Parameters<PulpServer['createIndex']>[1]): Promise<PulpIndex> {
  return (await sharedPulp(lab)).createIndex(`index-${++indexes}`, settings);
}
