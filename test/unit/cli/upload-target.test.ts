import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createConsole } from '../../../src/cli/console.ts';
import { uploadTarget, type UploadTarget, type UploadTargetFlags } from '../../../src/cli/upload-target.ts';
import { failureOf } from '../../support/http.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const rc = [
  '[distutils]',
  'index-servers =',
  '  pypi',
  '  corp',
  '[pypi]',
  'username = me',
  'password = pypi-token',
  '[corp]',
  'repository = https://pypi.corp.example/upload/',
  'username = ci',
  'password = secret',
  'ca_cert = /etc/corp-ca.pem',
].join('\n');

interface Asked {
  readonly questions: string[];
  readonly notes: string[];
}

/** What flags and variables come to with the `.pypirc` above; a terminal answers every question. */
async function target(
  flags: UploadTargetFlags,
  environment: Readonly<Record<string, string>> = {},
  asked: Asked = { questions: [], notes: [] },
): Promise<UploadTarget> {
  const configFile = join(await newFolder(), 'rc');
  await writeFile(configFile, rc);
  const console = {
    ...createConsole({ color: 'never', quiet: true, progress: false, environment: {} }),
    note: (text: string) => void asked.notes.push(text),
    askSecret: (question: string) => {
      asked.questions.push(question);
      return Promise.resolve('typed');
    },
  };
  return uploadTarget(
    { configFile, ...flags },
    {
      flags: { manifest: '', concurrency: 1 },
      environment: { NETRC: join(configFile, 'none'), ...environment },
      console,
      signal: new AbortController().signal,
    },
  );
}

const corp = 'https://pypi.corp.example/upload/';
const pypi = 'https://upload.pypi.org/legacy/';

const noTls = { caFiles: [], clientCertificate: undefined };

describe('uploadTarget', () => {
  it.each<readonly [string, UploadTargetFlags, Readonly<Record<string, string>>, string, string, string]>([
    ['pypi by default, whose user is always __token__', {}, {}, pypi, '__token__', 'pypi-token'],
    ['a section', { repository: 'corp' }, {}, corp, 'ci', 'secret'],
    ['the section of TWINE_REPOSITORY', {}, { TWINE_REPOSITORY: 'corp' }, corp, 'ci', 'secret'],
    ['a flag before the variable', { repository: 'corp' }, { TWINE_REPOSITORY_URL: 'https://x.example/' }, corp, 'ci', 'secret'],
    ['a password by variable', { repository: 'corp' }, { TWINE_PASSWORD: 'other' }, corp, 'ci', 'other'],
    ['a password by flag', { repository: 'corp', destinationPassword: 'flag' }, { TWINE_PASSWORD: 'other' }, corp, 'ci', 'flag'],
    ['another user, whose password is asked', { repository: 'corp', destinationUsername: 'me' }, {}, corp, 'me', 'typed'],
    ['the same user by flag', { repository: 'corp', destinationUsername: 'ci' }, {}, corp, 'ci', 'secret'],
    ['a URL with its user', { destinationUrl: 'https://u:p%40@x.example/' }, {}, 'https://x.example/', 'u', 'p@'],
    ['the token of uv for PyPI', {}, { UV_PUBLISH_TOKEN: 'uv-token' }, pypi, '__token__', 'uv-token'],
    ["uv's address, user and password", {}, { UV_PUBLISH_URL: corp, UV_PUBLISH_USERNAME: 'u', UV_PUBLISH_PASSWORD: 'p' }, corp, 'u', 'p'],
    [
      "uv's token for its origin by flag",
      { destinationUrl: corp },
      { UV_PUBLISH_URL: corp, UV_PUBLISH_TOKEN: 't' },
      corp,
      '__token__',
      't',
    ],
    ['a section before the address of uv', { repository: 'corp' }, { UV_PUBLISH_URL: 'https://x.example/' }, corp, 'ci', 'secret'],
    ['nothing of uv for another origin', { repository: 'corp' }, { UV_PUBLISH_TOKEN: 't' }, corp, 'ci', 'secret'],
    ["twine's variables before uv's", {}, { TWINE_PASSWORD: 'twine', UV_PUBLISH_TOKEN: 't' }, pypi, '__token__', 'twine'],
    ['an empty variable of uv as none', {}, { UV_PUBLISH_URL: '', UV_PUBLISH_TOKEN: '' }, pypi, '__token__', 'pypi-token'],
    ['an empty variable as none', { repository: 'corp' }, { TWINE_USERNAME: '', TWINE_PASSWORD: '' }, corp, 'ci', 'secret'],
  ])('takes %s', async (_what, flags, environment, url, username, password) => {
    expect(await target(flags, environment)).toMatchObject({ url, credential: { username, password } });
  });

  it('leaves .pypirc out where a URL is given, even its own', async () => {
    expect(await target({ destinationUrl: corp })).toMatchObject({ url: corp, credential: undefined });
    expect(await target({}, { TWINE_REPOSITORY_URL: corp })).toMatchObject({ url: corp, credential: undefined });
  });

  it('sends what uv has for one origin to no other', async () => {
    const environment = { UV_PUBLISH_URL: 'https://pypi.corp.example:8443/upload/', UV_PUBLISH_TOKEN: 't' };
    expect(await target({ destinationUrl: corp }, environment)).toMatchObject({ url: corp, credential: undefined });
    expect(
      await target({ destinationUrl: 'http://pypi.corp.example/upload/' }, { UV_PUBLISH_URL: corp, UV_PUBLISH_TOKEN: 't' }),
    ).toMatchObject({
      url: 'http://pypi.corp.example/upload/',
      credential: undefined,
    });
  });

  it("refuses uv's token beside its password", async () => {
    const error = await failureOf(target({}, { UV_PUBLISH_TOKEN: 'canary', UV_PUBLISH_PASSWORD: 'canary' }));
    expect(error).toMatchObject({ code: 'USAGE', message: 'UV_PUBLISH_TOKEN stands beside UV_PUBLISH_USERNAME or UV_PUBLISH_PASSWORD' });
    expect(error.message + String(error.hint)).not.toContain('canary');
  });

  it('asks once, naming user and address', async () => {
    const asked: Asked = { questions: [], notes: [] };
    await target({ destinationUrl: corp, destinationUsername: 'me' }, {}, asked);
    expect(asked.questions).toEqual([`Password of me at ${corp}: `]);
  });

  it.each([
    [{ nonInteractive: true }, {}],
    [{}, { TWINE_NON_INTERACTIVE: '1' }],
  ])('asks nobody with %j %j', async (flags, environment) => {
    const asked: Asked = { questions: [], notes: [] };
    const error = await failureOf(target({ destinationUrl: corp, destinationUsername: 'me', ...flags }, environment, asked));
    expect(error.code).toBe('UNAUTHORIZED');
    expect(asked.questions).toEqual([]);
  });

  it('gives a folder no credentials, whatever stands in the environment', async () => {
    expect(await target({ destinationUrl: './mirror' }, { TWINE_USERNAME: 'u', TWINE_PASSWORD: 'p' })).toEqual({
      url: './mirror',
      tls: noTls,
    });
    expect(await failureOf(target({ destinationUrl: './mirror', destinationUsername: 'u' }))).toMatchObject({ code: 'USAGE' });
  });

  it('trusts the authorities that TWINE_CERT or the section names', async () => {
    const caFiles = async (flags: UploadTargetFlags, environment: Readonly<Record<string, string>>) =>
      (await target(flags, environment)).tls.caFiles;
    expect(await caFiles({ repository: 'corp' }, {})).toEqual([{ path: '/etc/corp-ca.pem', setting: 'ca_cert of .pypirc' }]);
    expect(await caFiles({ repository: 'corp' }, { TWINE_CERT: '/t.pem' })).toMatchObject([{ path: '/t.pem', setting: 'TWINE_CERT' }]);
    expect(await caFiles({}, { CURL_CA_BUNDLE: '/c.pem', REQUESTS_CA_BUNDLE: '/r.pem' })).toMatchObject([
      { path: '/r.pem', setting: 'REQUESTS_CA_BUNDLE' },
    ]);
  });

  it.each<readonly [string, UploadTargetFlags, Readonly<Record<string, string>>]>([
    ['rc:11, section [corp]', { repository: 'corp' }, {}],
    ['the variable TWINE_PASSWORD', { repository: 'corp' }, { TWINE_PASSWORD: 'other' }],
    ['the variable UV_PUBLISH_TOKEN', {}, { UV_PUBLISH_TOKEN: 'uv-token' }],
    ['the variable UV_PUBLISH_PASSWORD', {}, { UV_PUBLISH_USERNAME: 'u', UV_PUBLISH_PASSWORD: 'p' }],
    ['--destination-password', { repository: 'corp', destinationPassword: 'flag' }, {}],
    [
      'the variable PKGSYNC_DESTINATION_PASSWORD',
      { repository: 'corp', destinationPassword: 'flag' },
      { PKGSYNC_DESTINATION_PASSWORD: 'flag' },
    ],
    ['what was typed', { destinationUrl: corp, destinationUsername: 'me' }, {}],
    ['the URL given', { destinationUrl: 'https://u:p@x.example/' }, {}],
  ])('says that the password comes from %s', async (name, flags, environment) => {
    expect((await target(flags, environment)).credential?.from?.name).toMatch(new RegExp(`${name.replace(/[[\]]/g, '\\$&')}$`));
  });

  it('asks the keyring for the password of a user, where that was asked for', async () => {
    const flags = { destinationUrl: corp, destinationUsername: 'me', keyringProvider: 'subprocess' } as const;
    expect(await target(flags)).toEqual({ url: corp, tls: noTls, auth: { keyring: true, username: 'me' } });
    expect(await target({ ...flags, destinationPassword: 'flag' })).toMatchObject({ credential: { password: 'flag' } });
    expect(await target({ ...flags, destinationUsername: undefined })).toEqual({ url: corp, tls: noTls, credential: undefined });
  });
});

describe('trusted publishing of an upload', () => {
  const job = { GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci.example/', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' };
  const minting = { trustedPublishing: true };

  it.each<readonly [string, UploadTargetFlags, Readonly<Record<string, string>>, string]>([
    ['PyPI in a job that may', { destinationUrl: pypi }, job, pypi],
    ['any index, where it is always to be', { destinationUrl: corp, trustedPublishing: 'always' }, {}, corp],
    ['PyPI before a question, and before .pypirc only where always', { trustedPublishing: 'always' }, job, pypi],
  ])('serves %s', async (_, flags, environment, url) => {
    expect(await target(flags, environment)).toEqual({ url, tls: noTls, auth: minting });
  });

  it.each<readonly [string, UploadTargetFlags, Readonly<Record<string, string>>]>([
    ['there is a password', { destinationUrl: pypi }, { ...job, TWINE_PASSWORD: 'x' }],
    ['.pypirc has one', {}, job],
    ['it is never to be', { destinationUrl: pypi, trustedPublishing: 'never' }, job],
    ['the job may not', { destinationUrl: pypi }, { GITHUB_ACTIONS: 'true' }],
    ['the index is not PyPI', { destinationUrl: corp, destinationUsername: '__token__' }, job],
    ['the user is a person', { destinationUrl: pypi, destinationUsername: 'me' }, job],
  ])('is not tried where %s', async (_, flags, environment) => {
    expect((await target(flags, environment)).auth).toBeUndefined();
  });

  it('takes neither user nor password', async () => {
    const error = await failureOf(target({ destinationUrl: corp, destinationPassword: 'x', trustedPublishing: 'always' }));
    expect(error).toMatchObject({ code: 'USAGE', message: '--trusted-publishing always takes neither user nor password' });
  });
});
