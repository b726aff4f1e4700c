import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface ProxiedRequest {
  /** `CONNECT host:port` or `GET http://host/path`. */
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ProxyOptions {
  /** Where a host that is asked for really is; as asked for unless given. */
  readonly route?: (authority: string) => string;
  /** `user:password` without which it answers 407. */
  readonly credentials?: string;
  /** Answers everything with this status. */
  readonly status?: number;
  /** Closes every connection on which it is asked something. */
  readonly drop?: boolean;
  /** Never answers. */
  readonly hang?: boolean;
  readonly tls?: ServerOptions;
}

export interface ProxyServer extends AsyncDisposable {
  readonly origin: string;
  readonly host: string;
  readonly requests: readonly ProxiedRequest[];
  log(): readonly string[];
  close(): Promise<void>;
}

/** A forward proxy on a free port of 127.0.0.1: tunnels by CONNECT, plain http by the whole URL. */
export async function proxyServer(options: ProxyOptions = {}): Promise<ProxyServer> {
  const { route = (authority: string): string => authority, credentials, status, drop = false, hang = false } = options;
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  const server: Server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };

  /** The status to refuse with, 0 to hang up, undefined to go on. */
  function refusal(incoming: IncomingMessage): number | undefined {
    requests.push({ line: `${incoming.method ?? ''} ${incoming.url ?? ''}`, headers: incoming.headers });
    if (drop) return 0;
    if (status !== undefined) return status;
    const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
    return wanted === undefined || incoming.headers['proxy-authorization'] === wanted ? undefined : 407;
  }

  server.on('connection', keep).on('tlsClientError', () => undefined);
  server.on('connect', (incoming, client: Socket, head: Buffer) => {
    keep(client);
    const refused = refusal(incoming);
    if (hang) return;
    if (refused !== undefined) {
      if (refused === 0) client.destroy();
      else client.end(`HTTP/1.1 ${refused} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = new URL(`http://${route(incoming.url ?? '')}`);
    const upstream = connect(Number(target.port), target.hostname.replace(/^\[(.*)\]$/, '$1'), () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    keep(upstream);
    upstream.on('error', () => client.destroy());
  });
  server.on('request', (incoming, outgoing) => {
    const refused = refusal(incoming);
    if (hang) return;
    if (refused !== undefined) {
      if (refused === 0) outgoing.destroy();
      else outgoing.writeHead(refused).end();
      return;
    }
    const { host, pathname, search } = new URL(incoming.url ?? '');
    const target = new URL(`http://${route(host)}${pathname}${search}`);
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const upstream = httpRequest(target, { method: incoming.method ?? 'GET', headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    origin: `${options.tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    requests,
    log: () => requests.map(({ line }) => line),
    close,
    [Symbol.asyncDispose]: close,
  };
}
