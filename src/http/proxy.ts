import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import { parseNoProxy } from './no-proxy.ts';
import { basicAuthorization } from './credential.ts';
import { parseHttpUrl, tryUrl } from './url.ts';

/** Proxies by scheme of the request, as in the environment; absent: direct. */
export interface ProxySettings {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  /** Hosts that are reached without: see `parseNoProxy`. */
  readonly noProxy?: string | undefined;
  /** Where the two come from, for messages: `HTTPS_PROXY`. */
  readonly variables?: { readonly http?: string | undefined; readonly https?: string | undefined } | undefined;
}

/** A proxy that a request goes through. */
export interface Proxy {
  /** Without user and password. */
  readonly url: URL;
  /** For `Proxy-Authorization`; for the proxy alone. */
  readonly authorization: string | undefined;
  /** The variable that names it, or what else to call the setting. */
  readonly setting: string;
  /** For messages: `the proxy http://proxy.example:3128 (HTTPS_PROXY)`. */
  readonly label: string;
}

/**
 * The proxies that the usual variables name, or undefined where they name none. Lower case stands before upper case, one for the scheme before ALL_PROXY.
 * Where REQUEST_METHOD is set, HTTP_PROXY may be the header `Proxy` of a stranger's request and is left out: https://httpoxy.org
 */
export function proxyFromEnvironment(environment: Readonly<Record<string, string | undefined>>): ProxySettings | undefined {
  const cgi = (environment['REQUEST_METHOD'] ?? '') !== '';
  const named = (names: readonly string[]): { readonly name: string; readonly value: string } | undefined => {
    const name = names.find((each) => environment[each] !== undefined);
    const value = name === undefined ? '' : (environment[name] ?? '').trim();
    // Set to nothing it says: no proxy.
    return name === undefined || value === '' ? undefined : { name, value };
  };
  const http = named(['http_proxy', ...(cgi ? [] : ['HTTP_PROXY']), 'all_proxy', 'ALL_PROXY']);
  const https = named(['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']);
  const noProxy = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  if (http === undefined && https === undefined) return undefined;
  return {
    ...(http === undefined ? {} : { http: http.value }),
    ...(https === undefined ? {} : { https: https.value }),
    ...(noProxy === '' ? {} : { noProxy }),
    variables: { ...(http === undefined ? {} : { http: http.name }), ...(https === undefined ? {} : { https: https.name }) },
  };
}

/** Which proxy a request to a URL goes through; undefined: none. The settings are read when they are first needed. */
export type ProxyChoice = (url: URL) => Proxy | undefined;

/** The returned function throws PkgsyncError USAGE for a setting that names no proxy; it does not repeat it, because it may hold a password. */
export function proxyChoice(settings: ProxySettings | undefined): ProxyChoice {
  if (settings === undefined) return () => undefined;
  const bypass = parseNoProxy(settings.noProxy);
  const known = new Map<'http' | 'https', Proxy>();
  return (url) => {
    const scheme = url.protocol === 'https:' ? 'https' : 'http';
    const written = settings[scheme];
    if (written === undefined || written === '' || bypass(url)) return undefined;
    const proxy = known.get(scheme) ?? parseProxy(written, settings.variables?.[scheme] ?? `proxy.${scheme}`);
    known.set(scheme, proxy);
    return proxy;
  };
}

function parseProxy(written: string, setting: string): Proxy {
  // curl and pip take a bare host:port for http too.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  const parsed = tryUrl(text);
  if (parsed === undefined || parsed.hostname === '' || !['http:', 'https:'].includes(parsed.protocol)) {
    const what =
      parsed === undefined || parsed.hostname === '' ? 'no URL' : `a proxy of the kind '${printable(parsed.protocol.slice(0, -1), 20)}'`;
    throw new PkgsyncError('USAGE', `${setting} names ${what}: only http and https proxies can be used`, {
      hint: 'write it as http://proxy.example:3128, or name the hosts that need none in NO_PROXY',
    });
  }
  const { url, credential } = parseHttpUrl(parsed);
  return {
    url,
    setting,
    authorization: credential === undefined ? undefined : basicAuthorization(credential),
    label: `the proxy ${redactUrl(url).replace(/\/$/, '')} (${setting})`,
  };
}
