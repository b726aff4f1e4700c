import { describe, expect, it } from '@jest/globals';
import { authorityFiles, clientCertificateOf } from '../../../src/cli/tls-options.ts';
import type { Session } from '../../../src/cli/session.ts';
import { loadAuthorities } from '../../../src/http/tls-files.ts';
import { failureOf } from '../../support/http.ts';

const notes: string[] = [];
const console = { note: (text: string) => void notes.push(text) } as unknown as Session['console'];

type OneShot = Parameters<typeof authorityFiles>[1];

const settings = (environment: Readonly<Record<string, string>>, oneShot?: OneShot, caFile?: string) =>
  authorityFiles({ flags: { manifest: '', concurrency: 1, caFile }, environment, console }, oneShot).map(({ setting }) => setting);

describe('authorityFiles', () => {
  const tools = { PIP_CERT: 'p', TWINE_CERT: 't', REQUESTS_CA_BUNDLE: 'r', CURL_CA_BUNDLE: 'c' };

  it.each<readonly [string, Readonly<Record<string, string>>, OneShot, readonly string[]]>([
    ['nothing where nothing is set', {}, 'both', []],
    [
      'what is for every command',
      { SSL_CERT_FILE: 's', NODE_EXTRA_CA_CERTS: 'n', ...tools },
      'no',
      ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'],
    ],
    ["pip's for commands that read", tools, 'reads', ['PIP_CERT']],
    ["twine's for commands that upload", tools, 'uploads', ['TWINE_CERT']],
    ['both for those that do both', tools, 'both', ['PIP_CERT', 'TWINE_CERT']],
    ['what pip and twine fall back to', { REQUESTS_CA_BUNDLE: 'r', CURL_CA_BUNDLE: 'c' }, 'reads', ['REQUESTS_CA_BUNDLE']],
    ['the last of these', { PIP_CERT: '', CURL_CA_BUNDLE: 'c' }, 'uploads', ['CURL_CA_BUNDLE']],
  ])('names %s', (_, environment, oneShot, expected) => {
    expect(settings(environment, oneShot)).toEqual(expected);
  });

  it('takes the folders of SSL_CERT_DIR one by one', () => {
    const found = authorityFiles({ flags: { manifest: '', concurrency: 1 }, environment: { SSL_CERT_DIR: '/a:/b:' }, console });
    expect(found.map(({ path, setting }) => [path, setting])).toEqual([
      ['/a', 'SSL_CERT_DIR'],
      ['/b', 'SSL_CERT_DIR'],
    ]);
  });

  it('warns once of a variable that names nothing usable, and makes an error of a flag that does', async () => {
    notes.length = 0;
    const session = {
      flags: { manifest: '', concurrency: 1, caFile: '/nowhere/c.pem' },
      environment: { SSL_CERT_FILE: '/nowhere/s.pem' },
      console,
    };
    const [flag, variable] = authorityFiles(session);
    const [, again] = authorityFiles(session);
    expect(await loadAuthorities(variable!)).toEqual([]);
    expect(await loadAuthorities(again!)).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^warning: SSL_CERT_FILE: .*\/nowhere\/s\.pem.*no such file.*; going on without it$/)]);
    expect(await failureOf(loadAuthorities(flag!))).toMatchObject({ code: 'FILE_SYSTEM' });
  });

  it('leaves the variables of other tools out where the flag names a file', () => {
    expect(settings({ ...tools, SSL_CERT_FILE: 's' }, 'both', 'ca.pem')).toEqual(['--ca-file', 'SSL_CERT_FILE']);
  });
});

describe('clientCertificateOf', () => {
  it('is none where no flag names one, and no key without a certificate', async () => {
    expect(await clientCertificateOf({}, {})).toBeUndefined();
    expect(await failureOf(clientCertificateOf({ clientKey: 'k.pem' }, {}, 'source-'))).toMatchObject({
      code: 'USAGE',
      message: '--source-client-key stands alone: there is no certificate to it',
    });
  });
});
