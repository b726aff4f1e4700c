import { BlockList, isIP } from 'node:net';

/** Whether a host is reached without the proxy. */
export type Bypass = (url: URL) => boolean;

/**
 * Reads `NO_PROXY`: names and addresses divided by commas or spaces. A name stands for itself and everything below it, with or without `.` or `*.`
 * before it; `name:port` for that port only; `*` for everything; addresses may be networks (`10.0.0.0/8`), and IPv6 ones may stand in brackets, as curl and
 * Go read it. What cannot be read stands for nothing.
 */
export function parseNoProxy(text: string | undefined): Bypass {
  const rules = (text ?? '')
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .map(ruleOf);
  return (url) => {
    const host = bareHost(url.hostname);
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return rules.some((rule) => rule(host, port));
  };
}

type Rule = (host: string, port: string) => boolean;

function ruleOf(entry: string): Rule {
  if (entry === '*') return () => true;
  const [, bracketed, bracketedPort] = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? [];
  // A second colon makes it an address.
  const [, named, namedPort] = /^([^:]*):(\d+)$/.exec(entry) ?? [];
  const name = (bracketed ?? named ?? entry).toLowerCase();
  const port = bracketedPort ?? namedPort;
  const matches = addressRule(name) ?? nameRule(name);
  return (host, at) => (port === undefined || port === at) && matches(host);
}

function addressRule(text: string): ((host: string) => boolean) | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return undefined;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) list.addAddress(address, type);
  else if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128)) list.addSubnet(address, Number(prefix), type);
  return (host) => isIP(host) === family && list.check(host, type);
}

function nameRule(text: string): (host: string) => boolean {
  const name = bareHost(text.replace(/^\*?\.+/, ''));
  if (name === '') return () => false;
  return (host) => host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

/** Without brackets and the final dot of a name that is written out. */
function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}
