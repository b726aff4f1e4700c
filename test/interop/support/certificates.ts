import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { must } from './run.ts';

/** Certificate and key of a server, as paths of PEM files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  /** Path of its certificate: what a client must trust. */
  readonly certificate: string;
  /** A certificate for these hosts (`DNS:…`, `IP:…`). @param until its end as `YYYYMMDDHHMMSSZ`; tomorrow unless given */
  issue(hosts: readonly string[], until?: string): Promise<Certificate>;
}

/** `openssl ca` and not `openssl x509`: only it could always date a certificate's end in the past. */
const config = (folder: string) => `
[ca]
default_ca = own
[own]
database = ${folder}/database
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = anything
copy_extensions = copy
[anything]
commonName = supplied
[req]
distinguished_name = nothing
[nothing]
[v3_ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`;

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate authority that nothing trusts unless it is told to, made by openssl in `folder`. */
export async function createAuthority(folder: string): Promise<Authority> {
  await mkdir(folder, { recursive: true });
  const configuration = join(folder, 'openssl.cnf');
  await writeFile(configuration, config(folder));
  await writeFile(join(folder, 'database'), '');
  const authority = { certificate: join(folder, 'authority.pem'), key: join(folder, 'authority.key') };
  await must('openssl', [
    ...['req', '-x509', '-config', configuration, '-extensions', 'v3_ca', '-days', '2', '-subj', '/CN=pkgsync test authority', ...newKey],
    ...['-keyout', authority.key, '-out', authority.certificate],
  ]);
  let issued = 0;
  return {
    certificate: authority.certificate,
    issue: async (hosts, until) => {
      const name = join(folder, `server-${(issued += 1)}`);
      const files = { certificate: `${name}.pem`, key: `${name}.key` };
      const names = ['-subj', '/CN=pkgsync test server', '-addext', `subjectAltName=${hosts.join(',')}`];
      await must('openssl', ['req', '-new', '-config', configuration, ...names, ...newKey, '-keyout', files.key, '-out', `${name}.csr`]);
      const dates = until === undefined ? ['-days', '1'] : ['-startdate', '20200101000000Z', '-enddate', until];
      await must('openssl', [
        ...['ca', '-batch', '-notext', '-config', configuration, '-cert', authority.certificate, '-keyfile', authority.key, ...dates],
        ...['-in', `${name}.csr`, '-out', files.certificate],
      ]);
      return files;
    },
  };
}
