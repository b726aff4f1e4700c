import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPkgsyncError, PkgsyncError, printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import type { ClientCertificate } from './tls.ts';

/** A file, and how people called it: `--ca-file`, `tls.caFile of source corp`. */
export interface PemFile {
  readonly path: string;
  readonly setting: string;
  /** Told why a bundle of authorities cannot be used; it is passed over then. Absent: that is an error. */
  readonly onUnusable?: ((error: PkgsyncError) => void) | undefined;
}

/**
 * The certificates of a bundle (PEM; text around them is skipped), or of a folder of them as OpenSSL has it.
 * @throws PkgsyncError FILE_SYSTEM: it cannot be read; USAGE: it holds no certificate, or one that is damaged
 */
export async function loadAuthorities(file: PemFile): Promise<readonly string[]> {
  try {
    return await readAuthorities(file);
  } catch (error) {
    if (file.onUnusable === undefined || !isPkgsyncError(error)) throw error;
    file.onUnusable(error);
    return [];
  }
}

async function readAuthorities({ path, setting }: PemFile): Promise<readonly string[]> {
  const names = await namesInFolder(path);
  if (names === undefined) {
    const certificates = certificatesIn(await readPem(path, setting));
    if (certificates.length > 0) return certificates.map((pem, index) => checked(pem, index, path, setting));
  } else {
    // The same certificate stands there under its name, its hash and in the bundle of all.
    const certificates = new Set<string>();
    for (const name of names) {
      const file = join(path, name);
      for (const [index, pem] of certificatesIn(await readIfThere(file)).entries()) certificates.add(checked(pem, index, file, setting));
    }
    if (certificates.size > 0) return [...certificates];
  }
  throw new PkgsyncError('USAGE', `${setting}: ${printable(path, 1000)} holds no certificate`, {
    hint: 'name a file with certificates in PEM form (-----BEGIN CERTIFICATE-----)',
  });
}

/** `corp.pem`, `corp.crt`, and what `openssl rehash` makes: `5ad8a5d6.0`. */
const ofCertificates = /\.(?:pem|crt|cer)$|^[0-9a-f]{8}\.[0-9]{1,3}$/;

/** Names of what may be certificates; undefined for what is no folder. */
async function namesInFolder(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(path)).filter((name) => ofCertificates.test(name)).sort();
  } catch (error) {
    // Why it cannot be read is told where it is read.
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** A file of such a folder: links that lead nowhere and keys of others are usual there. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP'].includes(systemErrorCode(error) ?? '')) return '';
    throw fileSystemError(error, path, 'read');
  }
}

export interface ClientCertificateFiles {
  readonly cert: PemFile;
  /** Default: the key stands beside the certificate. */
  readonly key?: PemFile | undefined;
  readonly passphrase?: string | undefined;
  /** What holds the passphrase, for messages. */
  readonly passphraseSetting: string;
}

/**
 * A client certificate and its key.
 * @throws PkgsyncError FILE_SYSTEM; USAGE: no certificate, no key, a key of another certificate; UNAUTHORIZED: the passphrase is missing or wrong
 */
export async function loadClientCertificate(files: ClientCertificateFiles): Promise<ClientCertificate> {
  const { cert } = files;
  const keyFile = files.key ?? cert;
  const text = await readPem(cert.path, cert.setting);
  const [first, ...chain] = certificatesIn(text);
  if (first === undefined)
    throw new PkgsyncError('USAGE', `${cert.setting}: ${printable(cert.path, 1000)} holds no certificate in PEM form`);
  const pems = [first, ...chain].map((pem, index) => checked(pem, index, cert.path, cert.setting));
  const key = privateKey(files.key === undefined ? text : await readPem(keyFile.path, keyFile.setting), keyFile, files);
  if (!new X509Certificate(first).checkPrivateKey(key)) {
    throw new PkgsyncError(
      'USAGE',
      `${keyFile.setting}: the key in ${printable(keyFile.path, 1000)} does not belong to the certificate in ${printable(cert.path, 1000)}`,
      { hint: 'name the two files that were issued together; the certificate itself stands before its chain' },
    );
  }
  return { cert: pems.join('\n'), key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function privateKey(text: string, { path, setting }: PemFile, { passphrase, passphraseSetting }: ClientCertificateFiles): KeyObject {
  const where = printable(path, 1000);
  const pem = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[^]*?-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----/.exec(text)?.[0];
  if (pem === undefined) {
    throw new PkgsyncError('USAGE', `${setting}: ${where} holds no private key`, {
      hint: 'name the file of the key where it does not stand beside the certificate',
    });
  }
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    if (!/ENCRYPTED/.test(pem)) throw new PkgsyncError('USAGE', `${setting}: the private key in ${where} cannot be read`, { cause: error });
    const fault = passphrase === undefined ? 'is encrypted and no passphrase is given' : 'does not open with the passphrase';
    throw new PkgsyncError('UNAUTHORIZED', `${setting}: the private key in ${where} ${fault}`, {
      hint: passphrase === undefined ? `give it in ${passphraseSetting}` : `check ${passphraseSetting}`,
      cause: error,
    });
  }
}

function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g) ?? [];
}

function checked(pem: string, index: number, path: string, setting: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch (error) {
    throw new PkgsyncError('USAGE', `${setting}: certificate ${index + 1} in ${printable(path, 1000)} is damaged`, { cause: error });
  }
}

async function readPem(path: string, setting: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    const { code, message } = fileSystemError(error, path, 'read');
    throw new PkgsyncError(code, `${setting}: ${message}`, { hint: 'name a file with certificates that this user may read', cause: error });
  }
}
