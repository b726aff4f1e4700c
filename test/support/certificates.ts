import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/*
 * Certificates made while the tests run: Node can sign but makes no X.509, and openssl is not on every machine. Only as much DER as that takes:
 * https://www.rfc-editor.org/rfc/rfc5280#section-4.1, ECDSA on P-256 with SHA-256.
 */

/** A certificate and its key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Identity {
  /** A certificate for the names and addresses, `127.0.0.1`, `::1` and `localhost` unless told otherwise. */
  issue(options?: LeafOptions): Identity;
}

export interface LeafOptions {
  readonly commonName?: string;
  /** Host names and IP addresses. */
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const day = 86_400_000;
const here = ['127.0.0.1', '::1', 'localhost'];
let serial = 1;

/** A private certificate authority, trusted by nobody who is not told of it. */
export function certificateAuthority(commonName = 'Test Authority'): Authority {
  const keys = newKeys();
  const cert = certificate({
    subject: commonName,
    issuer: commonName,
    publicKey: keys.publicKey,
    signer: keys.privateKey,
    authority: true,
  });
  const issue = ({ commonName: subject = 'localhost', ...rest }: LeafOptions = {}): Identity => {
    const own = newKeys();
    const issued = certificate({ subject, issuer: commonName, publicKey: own.publicKey, signer: keys.privateKey, names: here, ...rest });
    return { cert: issued, key: pemOf(own.privateKey) };
  };
  return { cert, key: pemOf(keys.privateKey), issue };
}

/** A certificate that vouches for itself. */
export function selfSigned({ commonName = 'localhost', ...rest }: LeafOptions = {}): Identity {
  const { publicKey, privateKey } = newKeys();
  return {
    cert: certificate({ subject: commonName, issuer: commonName, publicKey, signer: privateKey, names: here, ...rest }),
    key: pemOf(privateKey),
  };
}

/** The same key, locked with a passphrase. */
export function encryptedKey(key: string, passphrase: string): string {
  return createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

interface Wanted extends LeafOptions {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly authority?: boolean;
}

function certificate(wanted: Wanted): string {
  const { subject, issuer, publicKey, signer, authority = false, names = [] } = wanted;
  const { notBefore = new Date(Date.now() - day), notAfter = new Date(Date.now() + 30 * day) } = wanted;
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const extensions = [
    // basicConstraints, critical
    sequence(oid('2.5.29.19'), der(0x01, [0xff]), octets(sequence(...(authority ? [der(0x01, [0xff])] : [])))),
    ...(names.length === 0 ? [] : [sequence(oid('2.5.29.17'), octets(sequence(...names.map(generalName))))]),
  ];
  serial += 1;
  const body = sequence(
    der(0xa0, integer(2)),
    der(0x02, [0x40, serial >> 8, serial & 0xff]),
    algorithm,
    name(issuer),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, signer);
  const encoded = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = encoded.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, content: Uint8Array | readonly number[]): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), Buffer.from(content)]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function octets(content: Uint8Array): Buffer {
  return der(0x04, content);
}

function integer(value: number): Buffer {
  return der(0x02, [value]);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const base128 = (value: number): number[] => {
    const bytes = [value & 0x7f];
    for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
    return bytes;
  };
  return der(0x06, [first * 40 + second, ...rest.flatMap(base128)]);
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replace(/\.\d+|[-:T]/g, '')));
}

function generalName(text: string): Buffer {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return der(0x87, text.split('.').map(Number));
  if (text === '::1') return der(0x87, [...new Array<number>(15).fill(0), 1]);
  return der(0x82, Buffer.from(text));
}
