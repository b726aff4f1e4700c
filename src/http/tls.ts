import tls, { type SecureContext } from 'node:tls';

/** A certificate (with its chain) and its unencrypted key, both PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TlsSettings {
  /** PEM certificates that are trusted beside those that Node trusts. */
  readonly authorities?: readonly string[] | undefined;
  /** Offered to servers of exactly these origins (`https://host:port`) that ask for one, and to nobody else. */
  readonly client?: (ClientCertificate & { readonly origins: readonly string[] }) | undefined;
}

/** What Node trusts by default; a list of one's own would replace it. */
export function defaultAuthorities(node: object = tls): readonly string[] {
  // Since Node 22.15; it counts NODE_EXTRA_CA_CERTS and the system's store in where Node itself does.
  if ('getCACertificates' in node && typeof node.getCACertificates === 'function') {
    return (node.getCACertificates as (type: string) => readonly string[])('default');
  }
  return tls.rootCertificates;
}

export interface SecureContexts {
  /** Of connections to everybody else, proxies too; undefined: Node's own. */
  readonly usual: SecureContext | undefined;
  /** Of connections to `origins`: with the client certificate. */
  readonly known: SecureContext | undefined;
  readonly origins: ReadonlySet<string>;
}

/** The settings as OpenSSL takes them; made once per client, because that costs some 20 ms. @throws what OpenSSL says of unusable PEM */
export function secureContexts({ authorities = [], client }: TlsSettings): SecureContexts {
  const own = defaultAuthorities().map((pem) => pem.trim());
  const all = new Set([...own, ...authorities.map((pem) => pem.trim())]);
  // A system's bundle is mostly what Node has too, and every certificate costs time.
  const ca = all.size === new Set(own).size ? {} : { ca: [...all] };
  return {
    usual: 'ca' in ca ? tls.createSecureContext(ca) : undefined,
    known: client === undefined ? undefined : tls.createSecureContext({ ...ca, cert: client.cert, key: client.key }),
    origins: new Set(client?.origins.map((origin) => new URL(origin).origin)),
  };
}
