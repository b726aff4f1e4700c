import { resolve } from 'node:path';
import { PkgsyncError } from './errors.ts';
import type { ClientCertificate, TlsSettings } from './http/tls.ts';
import { loadAuthorities, loadClientCertificate, type PemFile } from './http/tls-files.ts';
import type { TlsReference } from './manifest/manifest.ts';

/** A source or destination, as far as its TLS goes. */
export interface TlsEnd {
  /** `source acme`: for messages. */
  readonly label: string;
  /** Configured URLs; the client certificate is for their origins. */
  readonly urls: readonly string[];
  readonly tls?: TlsReference | undefined;
  /** Given beside the manifest; stands before what it names. */
  readonly clientCertificate?: ClientCertificate | undefined;
}

export interface TlsContext {
  /** The manifest's folder. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Bundles for every end. */
  readonly caFiles: readonly PemFile[];
}

/**
 * What connections of an end trust and show, read from the files that are named.
 * @throws PkgsyncError FILE_SYSTEM, USAGE for files that cannot be used; UNAUTHORIZED: a passphrase is missing or wrong
 */
export async function tlsOf(end: TlsEnd, { folder, environment, caFiles }: TlsContext): Promise<TlsSettings> {
  const { label, urls, tls = {}, clientCertificate } = end;
  const named = (path: string, key: keyof TlsReference): PemFile => ({ path: resolve(folder, path), setting: `tls.${key} of ${label}` });
  const bundles = [...caFiles, ...(tls.caFile === undefined ? [] : [named(tls.caFile, 'caFile')])];
  const authorities = (await Promise.all(bundles.map(loadAuthorities))).flat();
  const { clientCertFile, clientKeyFile, passphraseEnv } = tls;
  const client =
    clientCertificate ??
    (clientCertFile === undefined
      ? undefined
      : await loadClientCertificate({
          cert: named(clientCertFile, 'clientCertFile'),
          key: clientKeyFile === undefined ? undefined : named(clientKeyFile, 'clientKeyFile'),
          passphrase: passphraseEnv === undefined ? undefined : passphraseIn(passphraseEnv, environment),
          passphraseSetting: passphraseEnv ?? 'a variable that passphraseEnv names',
        }));
  const origins = urls.map((url) => new URL(url).origin);
  return { authorities, ...(client === undefined ? {} : { client: { ...client, origins } }) };
}

function passphraseIn(name: string, environment: TlsContext['environment']): string {
  const value = environment[name] ?? '';
  if (value !== '') return value;
  throw new PkgsyncError('UNAUTHORIZED', `the environment variable ${name} holds no passphrase`, {
    hint: `set ${name}, or leave passphraseEnv out where the key is not encrypted`,
  });
}
