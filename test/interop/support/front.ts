import {
  createServer,
  request,
  type IncomingMessage,
  type RequestListener,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';

export type Intercept = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean | Promise<boolean>;

/** A web server before others, as people put one before them: every path goes to the socket that `route` gives. */
export interface Front {
  readonly url: string;
  /** `GET /path 200`, in the order of the answers. */
  readonly seen: readonly string[];
  /** Answers in place of what is behind it where it gives true, and may hold a request back; undefined: never. */
  intercept: Intercept | undefined;
  close(): Promise<void>;
}

/**
 * Listens on a free port of 127.0.0.1 and passes requests on as they are.
 * @param route path of the Unix socket that a path is served from
 */
export async function startFront(route: (path: string) => string): Promise<Front> {
  const seen: string[] = [];
  const listener: RequestListener = (incoming, outgoing) => {
    outgoing.once('finish', () => seen.push(`${incoming.method ?? ''} ${incoming.url ?? ''} ${outgoing.statusCode}`));
    const answered = Promise.resolve(front.intercept?.(incoming, outgoing) ?? false);
    answered.then(
      (done) => done || pass(incoming, outgoing),
      (error: unknown) => outgoing.writeHead(500).end(String(error)),
    );
  };
  const pass: RequestListener = (incoming, outgoing) => {
    const { method, url: path = '/', rawHeaders: headers } = incoming;
    const passed = request({ socketPath: route(path), method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
      pipeline(answer, outgoing, () => undefined);
    });
    passed.on('error', (error) => {
      if (outgoing.headersSent) outgoing.destroy(error);
      else outgoing.writeHead(502).end(`nothing answers behind the front: ${error.message}\n`);
    });
    pipeline(incoming, passed, () => undefined);
  };
  const server: HttpServer = createServer(listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front has no port');
  const front: Front = {
    url: `http://127.0.0.1:${address.port}/`,
    seen,
    intercept: undefined,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return front;
}
