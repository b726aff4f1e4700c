import { request as httpRequest, STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { PkgsyncError, printable } from '../errors.ts';
import type { Proxy } from './proxy.ts';
import { reasonOf } from './transport-error.ts';

type Connector = buildConnector.connector;

/** Connects to the proxy, whatever is asked for: it is told the whole URL. Failures say that it is the proxy that cannot be reached. */
export function proxyConnector(proxy: Proxy, connect: Connector): Connector {
  const { url } = proxy;
  const address = { protocol: url.protocol, host: url.host, hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port };
  return (_, done) => {
    connect(address, (error, socket) => {
      if (error === null) done(null, socket);
      else done(unreachable(proxy, error), null);
    });
  };
}

/** Connects to an https origin through a tunnel: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6. The proxy sees host and port, nothing else. */
export function tunnelConnector(proxy: Proxy, connect: Connector, timeout: number): Connector {
  const toProxy = proxyConnector(proxy, connect);
  return (to, done) => {
    toProxy(to, (failure, connected) => {
      if (failure !== null) {
        done(failure, null);
        return;
      }
      openTunnel(connected, `${bracketed(to.hostname)}:${to.port === '' ? '443' : to.port}`, proxy, timeout).then(
        (httpSocket) => connect({ ...to, httpSocket }, done),
        (error: unknown) => done(error as PkgsyncError, null),
      );
    });
  };
}

function openTunnel(socket: Socket, authority: string, proxy: Proxy, timeout: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const refuse = (error: PkgsyncError): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => refuse(tunnelFailure(proxy, authority, 'no answer came in time')), timeout);
    const headers = { host: authority, ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }) };
    httpRequest({ method: 'CONNECT', path: authority, headers, createConnection: () => socket })
      .on('connect', (answer: IncomingMessage, tunnel: Socket, head: Buffer) => {
        const status = answer.statusCode ?? 0;
        if (status < 200 || status > 299) {
          refuse(proxyRefusal(proxy, authority, status, answer.statusMessage));
          return;
        }
        clearTimeout(timer);
        if (head.length > 0) tunnel.unshift(head);
        resolve(tunnel);
      })
      .on('error', (error) => refuse(tunnelFailure(proxy, authority, reasonOf(error), error)))
      .end();
  });
}

/**
 * What an answer of the proxy itself stands for: UNAUTHORIZED for 407, else UNREACHABLE, retryable where the proxy says that it will pass.
 * @param target host and port that were asked for
 */
export function proxyRefusal(
  { label, setting, authorization }: Proxy,
  target: string,
  status: number,
  reason = STATUS_CODES[status],
): PkgsyncError {
  const answer = printable([String(status), reason ?? ''].join(' ').trim(), 100);
  if (status === 407) {
    const says = authorization === undefined ? 'requires credentials' : `rejected the credentials that stand in ${setting}`;
    return new PkgsyncError('UNAUTHORIZED', `${label} ${says} (${answer})`, {
      status,
      hint: `write them into ${setting}: http://user:password@host:port, special characters percent-encoded`,
    });
  }
  return new PkgsyncError('UNREACHABLE', `${label} does not connect to ${target} (${answer})`, {
    status,
    hint: otherWay(setting, target),
    retryable: status === 408 || status === 429 || (status >= 500 && status !== 501),
  });
}

function tunnelFailure({ label, setting }: Proxy, target: string, reason: string, cause?: Error): PkgsyncError {
  return new PkgsyncError('UNREACHABLE', `${label} did not connect to ${target}: ${reason}`, {
    hint: otherWay(setting, target),
    retryable: true,
    cause,
  });
}

function unreachable({ label, setting }: Proxy, cause: Error): PkgsyncError {
  return new PkgsyncError('UNREACHABLE', `${label} cannot be reached: ${reasonOf(cause)}`, {
    hint: `check ${setting}; hosts that need no proxy are named in NO_PROXY`,
    retryable: !/^(?:ENOTFOUND$|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(
      String('code' in cause ? cause.code : ''),
    ),
    cause,
  });
}

function otherWay(setting: string, target: string): string {
  return `let the proxy allow it, or add ${target.replace(/:\d+$/, '')} to NO_PROXY if it is reached without ${setting}`;
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
