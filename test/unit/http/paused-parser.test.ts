import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createHttpClient, type HttpClient, type HttpResponse } from '../../../src/http/http-client.ts';
import { readAll } from '../../../src/io/hashing.ts';
import { failureOf } from '../../support/http.ts';

/** What an unread body's buffer holds: its last byte pauses the parser, and nothing is left in the socket's buffer that would hide the end. */
const content = Buffer.alloc(64 * 1024, 'a');

const open: (Server | HttpClient)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** An answer of which nothing has been read, although its server has sent all that it will and is gone. */
async function answerOfOneThatLeft(headers: string, body: Buffer, leave: (socket: Socket) => void): Promise<HttpResponse> {
  const server = createServer({ allowHalfOpen: false });
  const left = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${headers}connection: close\r\n\r\n`);
        socket.write(body, () => leave(socket));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createHttpClient({ version: '0', retry: { attempts: 1 } });
  open.push(client, server);
  const response = await client.get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await left;
  return response;
}

const end = (socket: Socket): unknown => socket.end();
const whole = `content-length: ${content.length}\r\n`;
const tooLong = `content-length: ${content.length + 1}\r\n`;
const chunked = 'transfer-encoding: chunked\r\n';

describe('an answer that waits for its reader while the server closes the connection', () => {
  it.each([
    ['of a known length', whole, content],
    ['that ends where the connection does', '', content],
  ])('is read whole where it is one %s', async (_, headers, body) => {
    const response = await answerOfOneThatLeft(headers, body, end);
    expect(await readAll(response.body, content.length, 'the answer')).toHaveLength(content.length);
  });

  it.each([
    ['shorter than announced', tooLong, content, end],
    ['cut off after a chunk', chunked, Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content]), end],
    ['reset before its end', tooLong, content, (socket: Socket) => socket.resetAndDestroy()],
  ])('fails where it is %s', async (_, headers, body, leave) => {
    const response = await answerOfOneThatLeft(headers, body, leave);
    const error = await failureOf(readAll(response.body, content.length, 'the answer'));
    expect(['BAD_RESPONSE', 'UNREACHABLE']).toContain(error.code);
  });
});
