import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { proxyChoice, type Proxy, type ProxySettings } from './proxy.ts';
import { proxyConnector, tunnelConnector } from './proxy-connector.ts';
import { secureContexts, type TlsSettings } from './tls.ts';

/** Milliseconds. */
export interface Timeouts {
  /** Until a connection stands; through a proxy, until it has opened the way. */
  readonly connect: number;
  /** Until the headers of an answer to a read are there. */
  readonly answer: number;
  /** The same for writes, counted from the last byte that left: servers store, check and index before they answer. */
  readonly headers: number;
  /** Longest silence inside an answer's body. */
  readonly idle: number;
  /** In which 64 KiB of it, or its end, must arrive. */
  readonly progress: number;
}

export interface ConnectionOptions {
  /** Connections to one origin at the same time; further requests wait. Default 16. */
  readonly connectionsPerOrigin?: number | undefined;
  /** Absent: direct. */
  readonly proxy?: ProxySettings | undefined;
  /** Authorities and a client certificate beside what Node has. There is no switch that leaves the verification out. */
  readonly tls?: TlsSettings | undefined;
}

export type ConnectionRequest = Pick<Dispatcher.RequestOptions, 'method' | 'body' | 'headersTimeout'> & {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
};

export interface Connections {
  /** One request, one answer; no redirects. */
  request(url: URL, request: ConnectionRequest): Promise<Dispatcher.ResponseData>;
  /** Which proxy a request to a URL goes through. @throws PkgsyncError USAGE for a setting that names no proxy */
  readonly proxyFor: (url: URL) => Proxy | undefined;
  destroy(): Promise<void>;
}

/**
 * Connections as undici keeps them, direct or through proxies. undici's own proxy agents are not used: they send https through HTTP_PROXY, bound neither
 * connections nor waits towards the proxy, know no networks in NO_PROXY, and do not say that it was the proxy that failed.
 * @param lookup looks up the names of origins in place of the system's resolver
 */
export function createConnections(options: ConnectionOptions, timeouts: Timeouts, lookup?: LookupFunction): Connections {
  const tls = options.tls ?? {};
  const connect = tlsConnector(tls, timeouts, lookup);
  // A proxy may be anywhere, also on this machine, and looks up names itself.
  const connectToProxy = lookup === undefined ? connect : tlsConnector(tls, timeouts, undefined);
  const proxyFor = proxyChoice(options.proxy);
  const agent = (connector: buildConnector.connector): Agent =>
    new Agent({
      connections: options.connectionsPerOrigin ?? 16,
      connect: connector,
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.idle,
      // HTTP/2 has no reason phrases, and upload servers put their message there.
      allowH2: false,
    });
  const direct = agent(connect);
  const throughProxies = new Map<Proxy, Agent>();
  const through = (proxy: Proxy, connector: buildConnector.connector): Agent => {
    const made = throughProxies.get(proxy) ?? agent(connector);
    throughProxies.set(proxy, made);
    return made;
  };
  return {
    proxyFor,
    request: (url, { signal, headers, ...request }) => {
      const proxy = proxyFor(url);
      const options = {
        ...request,
        headers,
        origin: url.origin,
        path: url.pathname + url.search,
        ...(signal === undefined ? {} : { signal }),
      };
      if (proxy === undefined) return direct.request(options);
      if (url.protocol === 'https:') return through(proxy, tunnelConnector(proxy, connectToProxy, timeouts.connect)).request(options);
      // Plain http goes to the proxy as it is: many refuse a tunnel to port 80.
      const authorization = proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization };
      return through(proxy, proxyConnector(proxy, connectToProxy)).request({
        ...options,
        origin: proxy.url.origin,
        path: url.href,
        headers: { ...headers, host: url.host, ...authorization },
      });
    },
    destroy: async () => {
      await Promise.all([direct, ...throughProxies.values()].map((each) => each.destroy()));
    },
  };
}

/** Opens connections, encrypted ones with the authorities and the certificate that are meant for the origin. */
function tlsConnector(settings: TlsSettings, timeouts: Timeouts, lookup: LookupFunction | undefined): buildConnector.connector {
  const connectorWith = (secureContext: SecureContext | undefined): buildConnector.connector =>
    buildConnector({
      timeout: timeouts.connect,
      ...(secureContext === undefined ? {} : { secureContext }),
      ...(lookup === undefined ? {} : { lookup }),
    });
  const make = () => {
    const { usual, known, origins } = secureContexts(settings);
    // Each remembers TLS sessions of its own: one that was opened with the certificate is not taken up where the certificate does not go.
    return { origins, withoutCertificate: connectorWith(usual), withCertificate: known === undefined ? undefined : connectorWith(known) };
  };
  const plain = connectorWith(undefined);
  let made: ReturnType<typeof make> | undefined;
  return (to, done) => {
    if (to.protocol !== 'https:') {
      plain(to, done);
      return;
    }
    made ??= make();
    const { origins, withoutCertificate, withCertificate } = made;
    const offered = withCertificate !== undefined && origins.has(new URL(`https://${to.host ?? to.hostname}`).origin);
    (offered ? withCertificate : withoutCertificate)(to, done);
  };
}
