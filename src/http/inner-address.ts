import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import { tryUrl } from './url.ts';

/** Where an address is that only this machine, or whatever shares its cable, can mean. */
type Reach = 'machine' | 'link';

const ranges: readonly (readonly [Reach, string, number, 'ipv4' | 'ipv6'])[] = [
  // https://www.rfc-editor.org/rfc/rfc6890: loopback, and "this network", which systems take for loopback.
  ['machine', '127.0.0.0', 8, 'ipv4'],
  ['machine', '0.0.0.0', 8, 'ipv4'],
  ['machine', '::', 127, 'ipv6'],
  // Link-local addresses: there cloud machines ask for their own credentials.
  ['link', '169.254.0.0', 16, 'ipv4'],
  ['link', 'fe80::', 10, 'ipv6'],
  // The same service under addresses that are not link-local, at AWS and at Alibaba.
  ['link', 'fd00:ec2::254', 128, 'ipv6'],
  ['link', '100.100.100.200', 32, 'ipv4'],
];

const lists: Readonly<Record<Reach, BlockList>> = { machine: new BlockList(), link: new BlockList() };
for (const [reach, address, prefix, family] of ranges) lists[reach].addSubnet(address, prefix, family);

/** What stands at the end of NAT64 and of 6to4 addresses: https://www.rfc-editor.org/rfc/rfc6052, https://www.rfc-editor.org/rfc/rfc3056 */
const translated = [/^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i, /^2002:([0-9a-f]{1,4}):([0-9a-f]{1,4})(?::|$)/i];

/**
 * Whether an IP address is one of this machine or of its link; undefined for every other. IPv4 in IPv6 counts as what it is.
 * @param address IPv4 or IPv6 text without brackets
 */
export function reachOf(address: string): Reach | undefined {
  const family = isIP(address);
  const [, high, low] = translated.map((pattern) => pattern.exec(address)).find((match) => match !== null) ?? [];
  if (high !== undefined && low !== undefined) {
    const bits = Number.parseInt(high, 16) * 0x10000 + Number.parseInt(low, 16);
    return reachOf([24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.'));
  }
  if (family === 0) return undefined;
  // A mapped address (::ffff:127.0.0.1) is found in the lists of IPv4.
  return (['machine', 'link'] as const).find((reach) => lists[reach].check(address, family === 4 ? 'ipv4' : 'ipv6'));
}

/** Keeps what servers name (redirects, links to files) away from addresses that only a person may name. */
export interface AddressGuard {
  /** Judges a URL by the address that is written in it. @throws PkgsyncError BAD_RESPONSE */
  check(url: URL): void;
  /** Looks a name up and judges what comes out, right where the connection is made: no second answer can differ. For `net.connect`. */
  readonly lookup: LookupFunction;
}

/** What `lookup` asks; the system's resolver unless a test brings its own. */
export type LookUp = typeof dnsLookup;

/**
 * An index that is trusted with bytes that are hashed is not trusted to choose whom this machine talks to: a redirect to
 * `http://169.254.169.254/` or to a service on localhost would be a request in this machine's name.
 * @param configured URLs that a person wrote: their hosts may have any address, and where one is this machine, other ports and names of it may be named too
 */
export function addressGuard(configured: readonly (string | URL)[], lookUp: LookUp = dnsLookup): AddressGuard {
  const own = new Set(configured.flatMap(hostOf));
  const allowed = new Set([...own].flatMap((host) => literalReach(host) ?? []));

  const refuse = (host: string, reach: Reach | undefined, shown: string): PkgsyncError | undefined => {
    if (reach === undefined || allowed.has(reach) || own.has(host)) return undefined;
    const what = reach === 'machine' ? 'this machine itself' : 'the local link, where machines ask for their own credentials';
    return new PkgsyncError('BAD_RESPONSE', `refused to follow the index to ${shown}: that is an address of ${what}`, {
      hint: 'no index has a reason to name it; if it is yours, configure that address itself',
    });
  };

  return {
    check: (url) => {
      const [host = ''] = hostOf(url);
      const refused = refuse(host, literalReach(host), redactUrl(url));
      if (refused !== undefined) throw refused;
    },
    lookup: (hostname, options, callback) => {
      lookUp(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) {
          callback(error, '');
          return;
        }
        const host = normalised(hostname);
        const reaches = addresses.flatMap(({ address }) => reachOf(address) ?? []);
        if (own.has(host)) for (const reach of reaches) allowed.add(reach);
        const worst = reaches.find((reach) => !allowed.has(reach));
        const refused = refuse(host, worst, `${printable(hostname)} (${addresses.map(({ address }) => address).join(', ')})`);
        if (refused === undefined) answer(addresses, options.all === true, callback);
        else callback(refused, '');
      });
    },
  };
}

function answer(addresses: readonly LookupAddress[], all: boolean, callback: Parameters<LookupFunction>[2]): void {
  const [first] = addresses;
  if (all) callback(null, [...addresses]);
  else callback(null, first?.address ?? '', first?.family);
}

/** The host of a URL as the address itself or the name; none for text that is no URL. */
function hostOf(text: string | URL): readonly string[] {
  const url = typeof text === 'string' ? tryUrl(text) : text;
  return url === undefined || url.hostname === '' ? [] : [normalised(url.hostname)];
}

/** Without the brackets of IPv6 and the dot of the root. */
function normalised(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function literalReach(host: string): Reach | undefined {
  return host === 'localhost' || host.endsWith('.localhost') ? 'machine' : reachOf(host);
}
