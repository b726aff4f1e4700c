import { beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAuthorities, loadClientCertificate } from '../../../src/http/tls-files.ts';
import { certificateAuthority, encryptedKey } from '../../support/certificates.ts';
import { failureOf } from '../../support/http.ts';

const authority = certificateAuthority();
const me = authority.issue({ commonName: 'ci' });
const other = authority.issue({ commonName: 'other' });
const passphraseSetting = 'the variable CORP_PASSPHRASE';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pkgsync-tls-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('loadAuthorities', () => {
  const load = (path: string) => loadAuthorities({ path, setting: '--ca-file' });

  it('reads every certificate and skips the text around them', async () => {
    const second = certificateAuthority('Second');
    const path = await file('ca.pem', `# Corp\r\n${authority.cert.replaceAll('\n', '\r\n')}Second:\n${second.cert}`);
    expect(await load(path)).toEqual([authority.cert, second.cert]);
  });

  it.each([
    ['a file without any', 'no certificate here\n', 'holds no certificate'],
    ['an empty file', '', 'holds no certificate'],
    ['a key alone', me.key, 'holds no certificate'],
    ['a damaged one', authority.cert.replace(/[A-Za-z]{20}/, 'AAAAAAAAAAAAAAAAAAAA'), 'certificate 1 in'],
  ])('refuses %s', async (_, content, says) => {
    const path = await file('ca.pem', content);
    const error = await failureOf(load(path));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(`--ca-file: `);
    expect(error.message).toContain(says);
    expect(error.message).toContain(path);
  });

  it('reads a folder as OpenSSL has it: each certificate once, links that lead nowhere and other files left out', async () => {
    const certificates = join(folder, 'certs');
    await mkdir(certificates);
    const second = certificateAuthority('Other').cert;
    await writeFile(join(certificates, 'corp.pem'), authority.cert);
    await writeFile(join(certificates, '0a1b2c3d.0'), authority.cert);
    await writeFile(join(certificates, 'other.crt'), second);
    await writeFile(join(certificates, 'notes.txt'), certificateAuthority('Text').cert);
    await symlink('gone', join(certificates, 'gone.pem'));
    expect([...(await load(certificates))].sort()).toEqual([authority.cert, second].sort());
    await writeFile(join(certificates, 'damaged.crt'), authority.cert.replace(/[A-Za-z]{20}/, 'AAAAAAAAAAAAAAAAAAAA'));
    expect((await failureOf(load(certificates))).message).toContain(`certificate 1 in ${join(certificates, 'damaged.crt')} is damaged`);
  });

  it('says that a file is not there, or is a folder where it may be none', async () => {
    const missing = join(folder, 'missing.pem');
    expect(await failureOf(load(missing))).toMatchObject({
      code: 'FILE_SYSTEM',
      message: `--ca-file: cannot read ${missing}: no such file or folder (ENOENT)`,
    });
    expect(
      await failureOf(loadClientCertificate({ cert: { path: folder, setting: '--client-cert' }, passphraseSetting: 'P' })),
    ).toMatchObject({
      code: 'FILE_SYSTEM',
      message: `--client-cert: cannot read ${folder}: it is a folder (EISDIR)`,
    });
  });
});

describe('loadClientCertificate', () => {
  const load = (cert: string, key?: string, passphrase?: string) =>
    loadClientCertificate({
      cert: { path: cert, setting: '--client-cert' },
      key: key === undefined ? undefined : { path: key, setting: '--client-key' },
      passphrase,
      passphraseSetting,
    });

  it('takes certificate, chain and key from one file or from two', async () => {
    const cert = await file('cert.pem', me.cert + authority.cert);
    const both = await file('both.pem', me.key + me.cert + authority.cert);
    const expected = { cert: `${me.cert}\n${authority.cert}`, key: me.key };
    expect(await load(cert, await file('key.pem', me.key))).toEqual(expected);
    expect(await load(both)).toEqual(expected);
  });

  it('opens an encrypted key', async () => {
    const key = await file('key.pem', encryptedKey(me.key, 'secret'));
    expect((await load(await file('cert.pem', me.cert), key, 'secret')).key).toBe(me.key);
  });

  it.each([
    [undefined, 'is encrypted and no passphrase is given', `give it in ${passphraseSetting}`],
    ['wrong-one', 'does not open with the passphrase', `check ${passphraseSetting}`],
  ])('says what is wrong with the passphrase %j, and does not show it', async (passphrase, says, hint) => {
    const key = await file('key.pem', encryptedKey(me.key, 'secret'));
    const error = await failureOf(load(await file('cert.pem', me.cert), key, passphrase));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', message: `--client-key: the private key in ${key} ${says}`, hint });
    expect(`${error.message}${error.hint ?? ''}`).not.toContain('wrong-one');
  });

  it('refuses a key of another certificate', async () => {
    const [cert, key] = [await file('cert.pem', me.cert), await file('key.pem', other.key)];
    const { code, message } = await failureOf(load(cert, key));
    expect([code, message]).toEqual(['USAGE', `--client-key: the key in ${key} does not belong to the certificate in ${cert}`]);
  });

  it.each([
    ['no key', me.cert, '--client-cert: ', 'holds no private key'],
    ['no certificate', me.key, '--client-cert: ', 'holds no certificate'],
    ['a key that is none', `${me.cert}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`, '--client-cert: ', 'cannot be read'],
  ])('refuses a file with %s', async (_, content, setting, says) => {
    const error = await failureOf(load(await file('cert.pem', content)));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(setting);
    expect(error.message).toContain(says);
  });
});
