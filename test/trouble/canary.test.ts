import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scriptedServer, type RecordedRequest, type Reply, type ScriptedServer } from '../support/scripted-server.ts';
import { demoWheel, smallIndex } from '../support/small-index.ts';
import { sourceServer, type SourceServer } from '../support/source-server.ts';
import { workspace, type Workspace } from '../support/workspace.ts';

/** With characters that URLs, JSON and base64 write differently. */
const canary = 'canary/5ecret+%~x';
const pair = (user: string) => Buffer.from(`${user}:${canary}`).toString('base64');
const forms = [
  canary,
  encodeURIComponent(canary),
  encodeURI(canary),
  ...['ci', '__token__', ''].map(pair),
  Buffer.from(canary).toString('base64'),
  '5ecret',
];

let work: Workspace;
/** Refuses everything, and shows in every answer what it was sent. */
let hostile: ScriptedServer;
let elsewhere: ScriptedServer;
let source: SourceServer;
const { filename, bytes } = demoWheel('alpha', '1.0');

function echo(request: RecordedRequest): Reply {
  const text = `${request.rawHeaders.join(' ')} ${decodeURIComponent(request.headers.authorization ?? '')} ${decoded(request.headers.authorization)}`;
  const answers: readonly Reply[] = [
    { status: 401, body: `<html>${text}</html>`, headers: { 'content-type': 'text/html' } },
    { status: 403, json: { message: text, errors: [{ message: text }] } },
    { status: 403, reason: decoded(request.headers.authorization).replace(/[^\x20-\x7e]/g, ''), body: `token expired ${text}` },
    { status: 302, headers: { location: `${elsewhere.origin}/?${encodeURIComponent(decoded(request.headers.authorization))}` } },
    { status: 302, headers: { location: `http://${encodeURIComponent(decoded(request.headers.authorization))}@${elsewhere.host}/x` } },
  ];
  return answers[hostile.requests.length % answers.length] ?? {};
}

function decoded(authorization: string | undefined): string {
  return Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString('utf8');
}

beforeAll(async () => {
  work = await workspace();
  elsewhere = await scriptedServer(() => ({ status: 404 }));
  hostile = await scriptedServer(echo);
  source = await sourceServer(smallIndex());
  await work.write(filename, bytes);
  await work.write('requirements.txt', 'alpha==1.0\n');
  await work.write('helper', `#!/bin/sh\necho '${canary}'\necho 'it is ${canary}' >&2\n`);
  await work.write('bin/keyring', `#!/bin/sh\nprintf '{"username":"ci","password":"%s"}' '${canary}'\n`);
  await chmod(work.path('helper'), 0o755);
  await chmod(work.path('bin/keyring'), 0o755);
  await work.write('rc', `machine 127.0.0.1 login ci password ${canary}`);
  await chmod(work.path('rc'), 0o600);
  await work.write(
    'pypirc',
    `[distutils]\nindex-servers = corp\n[corp]\nrepository = ${hostile.origin}/\nusername = ci\npassword = ${canary}\n`,
  );
  await work.write('pip.conf', `[global]\nindex-url = ${withUser()}\n`);
  await work.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*' } });
  expect((await work.run('lock')).code).toBe(0);
});
afterAll(async () => {
  for (const one of [source, hostile, elsewhere, work]) await one[Symbol.asyncDispose]();
});

const withUser = () => hostile.origin.replace('//', `//ci:${encodeURIComponent(canary)}@`);

type Environment = Readonly<Record<string, string>>;
/** How a secret gets in: what the manifest says, and what stands around it. */
const manifestRoutes: Readonly<Record<string, () => readonly [auth: unknown, environment: Environment]>> = {
  'variables of auth': () => [{ username: 'ci', passwordEnv: 'SECRET' }, { SECRET: canary }],
  'variables of pkgsync': () => [undefined, { PKGSYNC_SOURCE_TOKEN: canary, PKGSYNC_DESTINATION_TOKEN: canary }],
  netrc: () => [undefined, { NETRC: work.path('rc') }],
  'a helper': () => [{ username: 'ci', command: ['./helper'] }, {}],
  'the keyring': () => [{ keyring: true }, { PATH: `${work.path('bin')}:/usr/bin:/bin` }],
};
const manifestCommands: readonly (readonly string[])[] = [
  ['plan', '--verbose', '--out', 'saved.plan'],
  ['apply', '--yes', '--json'],
  ['drift', '--json'],
  ['lock', '--upgrade', '--verbose'],
  ['auth', 'check', '--json'],
];
const oneShots: Readonly<Record<string, () => readonly [args: readonly string[], environment: Environment]>> = {
  'list by pip.conf': () => [['list', 'alpha', '--source-url', hostile.origin], { PIP_CONFIG_FILE: work.path('pip.conf') }],
  'list by PIP_INDEX_URL': () => [['list', 'alpha', '--json', '--source-url', hostile.origin], { PIP_INDEX_URL: withUser() }],
  'download by UV_INDEX': () => [
    ['download', 'alpha', '--verbose', '--source-url', hostile.origin],
    { UV_INDEX: `c=${hostile.origin}`, UV_INDEX_C_USERNAME: 'ci', UV_INDEX_C_PASSWORD: canary },
  ],
  'download by its URL': () => [['download', 'alpha', '--source-url', withUser()], {}],
  'upload by TWINE_PASSWORD': () => [
    ['upload', filename, '--repository-url', hostile.origin, '-u', 'ci', '--server', 'pypiserver'],
    { TWINE_PASSWORD: canary },
  ],
  'upload by .pypirc': () => [
    ['upload', filename, '-r', 'corp', '--config-file', work.path('pypirc'), '--json', '--server', 'generic'],
    {},
  ],
  'upload by UV_PUBLISH_TOKEN': () => [['upload', filename], { UV_PUBLISH_URL: hostile.origin, UV_PUBLISH_TOKEN: canary }],
  'register by its flag': () => [
    ['register', filename, '--destination-url', hostile.origin, '-u', 'ci', '-p', canary, '--server', 'generic'],
    {},
  ],
  'sync by variables': () => [
    ['sync', 'alpha', '--source-url', source.url, '--destination-url', hostile.origin, '--destination-username', 'ci'],
    { PKGSYNC_DESTINATION_PASSWORD: canary },
  ],
  'import of a URL': () => [['import', `${withUser()}/requirements.txt`, '--dry-run'], {}],
  'import by netrc': () => [['import', `${hostile.origin}/requirements.txt`, '--dry-run'], { NETRC: work.path('rc') }],
  'auth check by .pypirc': () => [['auth', 'check', '-r', 'corp', '--config-file', work.path('pypirc'), '--source-url', withUser()], {}],
  'list through a proxy': () => [['list', 'alpha', '--source-url', 'http://pypi.corp.example/'], { http_proxy: withUser() }],
  'trusted publishing': () => [
    ['upload', filename, '--repository-url', hostile.origin, '--trusted-publishing', 'always', '--server', 'pypiserver'],
    { GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: `${hostile.origin}/id`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: canary },
  ],
};

async function clean(args: readonly string[], environment: Environment): Promise<string> {
  const result = await work.runWith({ env: { HOME: work.folder, ...environment } }, ...args);
  expect([args, result.code]).toEqual([args, expect.any(Number)]);
  const kept = (await work.files('.')).filter((path) => /\.(?:plan|lock)$|pkgsync\.json$|^\.pkgsync|journal|lease/.test(path));
  const texts = [result.stdout, result.stderr, ...(await Promise.all(kept.map((path) => work.read(path))))];
  for (const text of texts) for (const form of forms) expect([args, text.includes(form) ? text : '']).toEqual([args, '']);
  for (const { rawHeaders, path } of elsewhere.requests) {
    expect(rawHeaders.map((header) => header.toLowerCase())).not.toContain('authorization');
    expect(path).not.toMatch(/authorization/i);
  }
  return result.stdout + result.stderr;
}

describe('a secret', () => {
  it.each(Object.keys(manifestRoutes))('that comes by %s is in no output and in no file', async (route) => {
    const [auth, environment] = manifestRoutes[route]?.() ?? [undefined, {}];
    const to = { ...(auth === undefined ? {} : { auth }) };
    await work.manifest({
      source: { url: `${hostile.origin}/from/simple/`, ...to },
      destination: { type: 'upload', url: `${hostile.origin}/to/`, server: 'generic', simpleUrl: `${hostile.origin}/to/simple/`, ...to },
      packages: { alpha: '*' },
    });
    const before = hostile.requests.length;
    for (const args of manifestCommands) await clean(args, environment);
    // It was sent where it belongs: otherwise this would prove nothing.
    expect(hostile.requests.slice(before).some(({ headers }) => decoded(headers.authorization).includes(canary))).toBe(true);
  });

  it.each(Object.keys(oneShots))('of %s is in no output', async (name) => {
    const [args, environment] = oneShots[name]?.() ?? [[], {}];
    await clean(args, environment);
  });
});
