import diagnostics from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/**
 * undici 7.26 to 7.30 end the whole process when a server closes the connection while an answer's body waits for its reader: `Parser.finish`
 * asserts that the parser is not paused, inside an event of the socket where nobody can catch it (https://github.com/nodejs/undici/issues/5360).
 * Servers that close after every answer, such as pypiserver's, do that all the time. undici 8 is mended but needs Node 22; 7.25 takes a chunked
 * answer that was cut off for a whole one. So the parser is resumed right before undici hears of the end.
 */
interface PausableParser {
  paused: boolean;
  readonly ptr: unknown;
  readonly llhttp: { llhttp_resume(pointer: unknown): void };
  resume(): void;
}

const channel = 'undici:client:connected';
const { kParser } = createRequire(import.meta.url)('undici/lib/core/symbols.js') as { readonly kParser: symbol };

/** Guards every connection that undici opens from now on. @returns takes the guard away again: connections that stand keep theirs */
export function guardPausedParsers(): () => void {
  const onConnected = (message: unknown): void => guard((message as { readonly socket: Socket }).socket);
  diagnostics.subscribe(channel, onConnected);
  return () => diagnostics.unsubscribe(channel, onConnected);
}

/** `resume` leaves the parser of a destroyed socket as it is. */
function unpauseDestroyed(parser: PausableParser): void {
  if (!parser.paused) return;
  parser.llhttp.llhttp_resume(parser.ptr);
  parser.paused = false;
}

function guard(socket: Socket): void {
  const unpause = (): void => {
    const parser = (socket as unknown as Record<symbol, PausableParser | null | undefined>)[kParser];
    if (parser?.paused !== true || parser.ptr === null) return;
    // Hands on what has arrived and lets the message end where it is whole.
    parser.resume();
    unpauseDestroyed(parser);
  };
  socket.prependListener('end', unpause);
  socket.prependListener('error', unpause);
  socket.prependListener('close', unpause);
}
