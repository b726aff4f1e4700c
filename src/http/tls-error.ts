import type { ErrorCode } from '../errors.ts';

export interface TlsFault {
  readonly code: ErrorCode;
  /** To follow `no secure connection to https://host: `. */
  readonly says: string;
  readonly hint: string;
}

const untrusted: TlsFault = {
  code: 'UNREACHABLE',
  says: 'its certificate is from an authority that is not trusted here',
  hint: 'if you trust that authority, name the file with its certificate: tls.caFile in the manifest, or --ca-file',
};
const selfSigned: TlsFault = {
  ...untrusted,
  says: 'its certificate is self-signed',
  hint: 'if that is your own server, name the file with this certificate: tls.caFile in the manifest, or --ca-file',
};
const tooOld: TlsFault = {
  code: 'UNREACHABLE',
  says: 'it speaks no version of TLS from 1.2 on',
  hint: 'let the server, or the proxy before it, offer TLS 1.2 or 1.3',
};
const certificateAsked: TlsFault = {
  code: 'UNAUTHORIZED',
  says: 'it takes no connection without a client certificate that it trusts',
  hint: 'name one with tls.clientCertFile in the manifest',
};
const noCommonGround: TlsFault = {
  code: 'UNREACHABLE',
  says: 'it broke off the TLS handshake',
  hint: 'if it asks for a client certificate, name one with tls.clientCertFile in the manifest; else see what TLS versions and ciphers it takes',
};

const faults: Readonly<Record<string, TlsFault>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    ...untrusted,
    says: 'its certificate is from an authority that is not trusted here, or it does not send the certificates in between',
  },
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_SIGNATURE_FAILURE: {
    ...untrusted,
    says: 'its certificate is not signed by the authority of that name that is trusted here',
    hint: 'if that authority has been renewed, name the file with its new certificate: tls.caFile in the manifest, or --ca-file',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  CERT_HAS_EXPIRED: {
    code: 'UNREACHABLE',
    says: 'its certificate has expired',
    hint: 'renew the certificate there; if it is still valid, the clock of this machine is wrong',
  },
  CERT_NOT_YET_VALID: {
    code: 'UNREACHABLE',
    says: 'its certificate is not valid yet',
    hint: 'look at the clocks of this machine and of the one that issued it',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'UNREACHABLE',
    says: 'its certificate is for another name',
    hint: 'write the address with a name that stands in the certificate, or have one issued for this name',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    code: 'UNREACHABLE',
    says: 'what answers there does not speak TLS',
    hint: 'check the port; a server without TLS is written with http://',
  },
  ERR_SSL_UNSUPPORTED_PROTOCOL: tooOld,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: tooOld,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: certificateAsked,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: certificateAsked,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: certificateAsked,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: { ...certificateAsked, says: 'it says that the client certificate has expired' },
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: { ...certificateAsked, says: 'it does not trust the authority of the client certificate' },
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: noCommonGround,
};

/** What a code of OpenSSL or of Node's own TLS checks means and what to do; undefined for codes that are none of these. */
export function tlsFault(code: string, message: string): TlsFault | undefined {
  if (!/^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|CRL_)/.test(code)) return undefined;
  return faults[code] ?? { code: 'UNREACHABLE', says: message, hint: 'what the server offers as TLS cannot be used here' };
}
