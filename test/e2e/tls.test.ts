import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { certificateAuthority, encryptedKey } from '../support/certificates.ts';
import { smallIndex } from '../support/small-index.ts';
import { sourceServer, type SourceServer } from '../support/source-server.ts';
import { uploadServer, type UploadServer } from '../support/upload-server.ts';
import { workspace, type Workspace } from '../support/workspace.ts';

const authority = certificateAuthority('Corp');
const identity = authority.issue();
const people = certificateAuthority('People');
const me = people.issue({ commonName: 'ci', names: [] });
const asking = { ...identity, requestCert: true, rejectUnauthorized: true, ca: people.cert };

let work: Workspace;
let source: SourceServer;
let target: UploadServer;
const open: AsyncDisposable[] = [];

beforeEach(async () => {
  work = await workspace();
  source = await sourceServer(smallIndex(), { tls: identity });
  target = await uploadServer({ tls: asking });
  open.push(work, source, target);
  await work.write('ca.pem', authority.cert);
  await work.write('me.pem', me.cert);
  await work.write('me.key', encryptedKey(me.key, 'open sesame'));
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  work.runWith({ env: { HOME: work.folder, ...env } }, ...args);

describe('a private authority', () => {
  const list = ['list', 'alpha', '--source-url'];

  it.each(['PKGSYNC_CA_FILE', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'PIP_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'])(
    'is trusted where %s names it',
    async (name) => {
      expect(await run([...list, source.url], { [name]: work.path('ca.pem') })).toMatchObject({ code: 0 });
    },
  );

  it('is trusted where the flag names it beside NODE_EXTRA_CA_CERTS, which stays in force', async () => {
    await work.write('other.pem', certificateAuthority('Other').cert);
    const env = { NODE_EXTRA_CA_CERTS: work.path('ca.pem') };
    expect(await run([...list, source.url, '--ca-file', 'other.pem'], env)).toMatchObject({ code: 0 });
  });

  it('is not trusted otherwise, and the message says what to do in words of the command', async () => {
    const { code, stderr } = await run([...list, source.url]);
    expect(code).toBe(27);
    expect(stderr).toContain(`error: no secure connection to ${new URL(source.url).origin}: its certificate is from an authority`);
    expect(stderr).toContain('name the file with its certificate: --ca-file');
    expect(stderr).not.toContain('manifest');
    expect(stderr).not.toContain('trying again');
  });

  it.each([
    ['missing.pem', 'no such file'],
    ['me.key', 'holds no certificate'],
  ])('in %s is exit 20', async (file, says) => {
    const { code, stderr } = await run([...list, source.url, '--ca-file', file]);
    expect(code).toBe(20);
    expect(stderr).toContain('error: --ca-file: ');
    expect(stderr).toContain(says);
  });

  it('in a variable that names nothing usable is one warning, and the usual authorities are left', async () => {
    await work.manifest({
      source: { url: source.url, tls: { caFile: 'ca.pem' } },
      destination: {
        type: 'upload',
        url: target.url,
        server: 'generic',
        tls: { caFile: './ca.pem', clientCertFile: 'me.pem', clientKeyFile: 'me.key', passphraseEnv: 'CORP_PASSPHRASE' },
      },
      packages: { alpha: '*' },
    });
    const { code, stderr } = await run(['plan'], { SSL_CERT_FILE: '/nowhere/ca.pem', CORP_PASSPHRASE: 'open sesame' });
    expect(code).toBe(0);
    expect(stderr.split('warning: SSL_CERT_FILE: ').length - 1).toBe(1);
    expect(stderr).toContain('/nowhere/ca.pem');
  });

  it('is trusted where it lies in a folder', async () => {
    await work.write('authorities/corp.crt', authority.cert);
    await work.write('authorities/5ad8a5d6.0', authority.cert);
    await work.write('authorities/key.pem', authority.issue().key);
    for (const name of ['REQUESTS_CA_BUNDLE', 'SSL_CERT_DIR'])
      expect(await run([...list, source.url], { [name]: work.path('authorities') })).toMatchObject({ code: 0, stderr: '' });
    const empty = await run([...list, source.url, '--ca-file', work.path('.')]);
    expect(empty.code).toBe(0);
  });

  it('is said once to be missing, by plan and drift, whatever number of projects it blocks', async () => {
    await work.manifest({
      source: { url: source.url, tls: { caFile: 'ca.pem' } },
      destination: './mirror',
      packages: { alpha: '*', beta: '*' },
    });
    expect(await run(['apply', '--yes'])).toMatchObject({ code: 0 });
    await work.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*', beta: '*' } });
    for (const command of [
      ['plan', '--upgrade'],
      ['apply', '--upgrade', '--yes'],
    ]) {
      const { code, stdout } = await run(command);
      expect([command, code]).toEqual([command, 27]);
      expect(stdout.split('name the file with its certificate: tls.caFile').length - 1).toBe(1);
    }
  });

  it('is not read by commands that open no connection', async () => {
    await work.manifest({ source: './wheels', packages: { alpha: '*' } });
    expect(await run(['validate'], { SSL_CERT_FILE: '/missing' })).toMatchObject({ code: 0 });
  });
});

describe('a manifest with tls', () => {
  const manifest = (tls: object) =>
    work.manifest({
      source: { url: source.url, tls: { caFile: 'ca.pem' } },
      destination: { type: 'upload', url: target.url, server: 'generic', tls: { caFile: './ca.pem', ...tls } },
      packages: { alpha: '*' },
    });
  const certificate = { clientCertFile: 'me.pem', clientKeyFile: 'me.key', passphraseEnv: 'CORP_PASSPHRASE' };
  const env = { CORP_PASSPHRASE: 'open sesame' };

  it('plans and applies, and shows the client certificate to the destination', async () => {
    await manifest(certificate);
    expect(await run(['apply', '--yes'], env)).toMatchObject({ code: 0 });
    expect(target.files.length).toBeGreaterThan(0);
    expect(new Set(target.server.requests.map(({ clientName }) => clientName))).toEqual(new Set(['ci']));
    expect(await run(['drift'], env)).toMatchObject({ code: 0 });
  });

  it.each([
    [{}, 'the environment variable CORP_PASSPHRASE holds no passphrase', 26],
    [{ CORP_PASSPHRASE: 'wrong-word' }, 'does not open with the passphrase', 26],
  ])('says what is wrong with the passphrase in %j', async (given, says, code) => {
    await manifest(certificate);
    const result = await run(['plan'], given);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(says);
    expect(result.stderr).not.toContain('wrong-word');
  });

  it('says which file is missing, by its key in the manifest', async () => {
    await manifest({ caFile: 'gone.pem' });
    const { code, stderr } = await run(['plan']);
    expect(code).toBe(20);
    expect(stderr).toContain('error: tls.caFile of destination default: cannot read');
  });
});

describe('one-shot commands', () => {
  const passphrase = { PKGSYNC_CLIENT_PASSPHRASE: 'open sesame' };

  it('check who may log in with what they connect with', async () => {
    const reading = await run(['auth', 'check', '--source-url', source.url, '--ca-file', 'ca.pem']);
    expect(reading).toMatchObject({ code: 0 });
    const writing = ['auth', 'check', '--destination-url', target.url, '--server', 'generic', '--ca-file', 'ca.pem'];
    const shown = await run([...writing, '--client-cert', 'me.pem', '--client-key', 'me.key'], passphrase);
    expect(shown.stdout).toMatch(/reading\W+accepted/);
    await work.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*' } });
    expect(await run(['auth', 'check'], { SSL_CERT_FILE: work.path('ca.pem') })).toMatchObject({ code: 0 });
    expect(await run(['auth', 'check'])).toMatchObject({ code: 27 });
  });

  it('upload with a client certificate of flags or of twine', async () => {
    const [file] = smallIndex()['alpha'] ?? [];
    await work.write(`dist/${file?.filename ?? ''}`, file?.bytes ?? '');
    const upload = [
      'upload',
      `dist/${file?.filename ?? ''}`,
      '--destination-url',
      target.url,
      '--server',
      'generic',
      '--ca-file',
      'ca.pem',
    ];
    expect(await run([...upload, '--client-cert', 'me.pem', '--client-key', 'me.key'], passphrase)).toMatchObject({ code: 0 });
    await work.write('both.pem', me.key + me.cert);
    expect(await run(upload, { TWINE_CLIENT_CERT: 'both.pem' })).toMatchObject({ code: 0 });
    const without = await run(upload);
    expect([26, 27]).toContain(without.code);
    expect(without.stderr).toContain('--client-cert');
  });

  it('sync with it, and write it into a manifest', async () => {
    await work.write('both.pem', me.key + me.cert);
    const sync = ['sync', 'alpha', '--source-url', source.url, '--destination-url', target.url, '--destination-server', 'generic'];
    const flags = ['--ca-file', 'ca.pem', '--destination-client-cert', 'both.pem'];
    expect(await run([...sync, ...flags])).toMatchObject({ code: 0 });
    expect(target.files.length).toBeGreaterThan(0);
    expect(await run([...sync, ...flags, '--write-manifest', 'made.json'])).toMatchObject({ code: 0 });
    expect(JSON.parse(await work.read('made.json'))).toMatchObject({ destination: { tls: { clientCertFile: 'both.pem' } } });
  });
});
