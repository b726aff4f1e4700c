import { delimiter } from 'node:path';
import { loadClientCertificate, type PemFile } from '../http/tls-files.ts';
import type { ClientCertificate } from '../http/tls.ts';
import { PkgsyncError } from '../errors.ts';
import type { Flag } from './flag.ts';
import type { Session } from './session.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A client certificate for commands with one server and no manifest. */
export const clientCertificateOptions = {
  'client-cert': {
    type: 'string',
    describe: 'Client certificate (PEM, key included or in --client-key), shown to that server only',
    value: 'FILE',
    requiresArg: true,
  },
  'client-key': { type: 'string', describe: 'Its key; passphrase in PKGSYNC_CLIENT_PASSPHRASE', value: 'FILE', requiresArg: true },
} as const satisfies Record<string, Flag>;

export interface ClientCertificateFlags {
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
}

/**
 * Bundles of authorities that are trusted beside Node's: `--ca-file`, SSL_CERT_FILE, and NODE_EXTRA_CA_CERTS, which a list of our own would put out of
 * force, and the folders of SSL_CERT_DIR; for one-shot commands also the first of those that the tools which they stand in for heed, unless a flag or
 * `.pypirc` says it. A variable that names nothing usable is warned of once in a session, and ends nothing: OpenSSL and Node pass over it, too.
 */
export function authorityFiles(
  { flags, environment, console }: Pick<Session, 'flags' | 'environment' | 'console'>,
  oneShot: 'no' | 'reads' | 'uploads' | 'both' = 'no',
  own?: PemFile,
): readonly PemFile[] {
  const given = flags.caFile === undefined ? [] : [{ path: flags.caFile, setting: '--ca-file' }];
  const variable = (names: readonly string[]) => firstOf(names, environment, warner(console));
  const ambient = own === undefined ? toolsOf[oneShot].map(variable) : [own];
  const usual = [['SSL_CERT_FILE'], ['NODE_EXTRA_CA_CERTS']].map(variable);
  const folders = variable(['SSL_CERT_DIR']);
  const paths = folders?.path.split(delimiter).filter((path) => path !== '') ?? [];
  const all = [...given, ...(given.length > 0 ? [] : ambient), ...usual, ...paths.map((path) => folders && { ...folders, path })];
  return all.filter((file) => file !== undefined);
}

type Console = Session['console'];

/** What was warned of: a command may read a bundle for each of its ends. */
const warned = new WeakMap<Console, Set<string>>();

function warner(console: Console): (error: PkgsyncError) => void {
  return ({ message }) => {
    const told = warned.get(console) ?? new Set();
    warned.set(console, told);
    if (told.has(message)) return;
    told.add(message);
    console.note(`warning: ${message}; going on without it`);
  };
}

const requests = ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'];
const pip = ['PIP_CERT', ...requests];
const twine = ['TWINE_CERT', ...requests];
const toolsOf = { no: [], reads: [pip], uploads: [twine], both: [pip, twine] } as const;

function firstOf(names: readonly string[], environment: Environment, onUnusable: PemFile['onUnusable']): PemFile | undefined {
  const name = names.find((each) => (environment[each] ?? '') !== '');
  return name === undefined ? undefined : { path: environment[name] ?? '', setting: name, onUnusable };
}

/**
 * The client certificate that flags name.
 * @param end '' or, where a command has two ends, `source-` and `destination-`: what the flags begin with
 * @param ambient the certificate where no flag names one
 * @throws PkgsyncError USAGE, FILE_SYSTEM, UNAUTHORIZED as `loadClientCertificate`
 */
export async function clientCertificateOf(
  { clientCert, clientKey }: ClientCertificateFlags,
  environment: Environment,
  end: '' | 'source-' | 'destination-' = '',
  ambient?: PemFile,
): Promise<ClientCertificate | undefined> {
  const cert = clientCert === undefined ? ambient : { path: clientCert, setting: `--${end}client-cert` };
  const key = clientKey === undefined ? undefined : { path: clientKey, setting: `--${end}client-key` };
  if (cert === undefined) {
    if (key === undefined) return undefined;
    throw new PkgsyncError('USAGE', `${key.setting} stands alone: there is no certificate to it`, { hint: `add --${end}client-cert` });
  }
  const variable = `PKGSYNC_${end.toUpperCase().replace('-', '_')}CLIENT_PASSPHRASE`;
  const passphrase = environment[variable] ?? '';
  return await loadClientCertificate({
    cert,
    key,
    passphrase: passphrase === '' ? undefined : passphrase,
    passphraseSetting: `the variable ${variable}`,
  });
}
