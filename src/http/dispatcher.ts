import type { LookupFunction } from 'node:net';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';

/** Milliseconds. */
export interface Timeouts {
  /** Until a connection stands. */
  readonly connect: number;
  /** Until the headers of an answer to a read are there. */
  readonly answer: number;
  /** The same for writes, counted from the end of the request: servers store, check and index before they answer. */
  readonly headers: number;
  /** Longest silence inside an answer's body. */
  readonly idle: number;
}

export interface ConnectionOptions {
  /** Connections to one origin at the same time; further requests wait. Default 16. */
  readonly connectionsPerOrigin?: number | undefined;
  /** Proxies by scheme of the request; absent: direct. `noProxy` as in the environment variable. */
  readonly proxy?: { readonly http?: string; readonly https?: string; readonly noProxy?: string } | undefined;
}

/** @param lookup looks up host names in place of the system's resolver */
export function createDispatcher(options: ConnectionOptions, timeouts: Timeouts, lookup?: LookupFunction): Dispatcher {
  const settings: Agent.Options = {
    connections: options.connectionsPerOrigin ?? 16,
    connect: { timeout: timeouts.connect, ...(lookup !== undefined && { lookup }) },
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.idle,
    // HTTP/2 has no reason phrases, and upload servers put their message there.
    allowH2: false,
  };
  if (options.proxy === undefined) return new Agent(settings);
  // Empty texts rather than absent ones: otherwise undici would look into the environment itself.
  const { http = '', https = '', noProxy = '' } = options.proxy;
  // Plain http goes to the proxy as it is: many refuse a tunnel to port 80.
  return new EnvHttpProxyAgent({ ...settings, httpProxy: http, httpsProxy: https, noProxy, proxyTunnel: false });
}
