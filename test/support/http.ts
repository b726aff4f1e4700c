import { afterEach } from '@jest/globals';
import { isPkgsyncError, type PkgsyncError } from '../../src/errors.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/http/http-client.ts';
import { proxyServer, type ProxyOptions, type ProxyServer } from './proxy-server.ts';
import { scriptedServer, type Routes, type Script, type ScriptedServer, type ScriptedServerOptions } from './scripted-server.ts';

export interface TestClient extends HttpClient {
  /** What the client would have waited, in milliseconds. */
  readonly waits: number[];
}

export interface HttpTools {
  readonly serve: (script?: Script | Routes, options?: ScriptedServerOptions) => Promise<ScriptedServer>;
  readonly serveProxy: (options?: ProxyOptions) => Promise<ProxyServer>;
  /** A client that waits for nothing between its tries. */
  readonly client: (options?: Partial<HttpClientOptions>) => TestClient;
}

/** Servers and clients for the tests of the describe block (or file) in which it is called; they are closed after each test. */
export function httpTools(): HttpTools {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  return {
    serve: async (script = {}, options = {}) => {
      const server = await scriptedServer(script, options);
      open.push(server);
      return server;
    },
    serveProxy: async (options = {}) => {
      const server = await proxyServer(options);
      open.push(server);
      return server;
    },
    client: (options = {}) => {
      const waits: number[] = [];
      const sleep = (milliseconds: number): Promise<void> => {
        waits.push(milliseconds);
        return Promise.resolve();
      };
      const http = createHttpClient({ version: '1.2.3', ...options, retry: { sleep, random: () => 1, ...options.retry } });
      open.push(http);
      return Object.assign(http, { waits });
    },
  };
}

/** The PkgsyncError of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<PkgsyncError> {
  try {
    await promise;
  } catch (error) {
    if (isPkgsyncError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
