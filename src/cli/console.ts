import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { createStyle } from '../reporters/style.ts';
import type { Style } from '../reporters/style.ts';
import { Progress } from '../reporters/progress.ts';
import { visibleJson } from '../errors.ts';

export interface ConsoleOptions {
  readonly color: 'auto' | 'always' | 'never';
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Data on stdout, everything else on stderr. */
export interface Console {
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly noteStyle: Style;
  readonly progress: Progress;
  /** There is a terminal to ask on. */
  readonly interactive: boolean;
  /** A line of data. Waits where the reader is slower than we are. */
  out(text: string): Promise<void>;
  /** A line for people. */
  note(text: string): void;
  /** Asks on the terminal; undefined where there is none, or where it was closed (Ctrl-D). @throws PkgsyncError INTERRUPTED */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** The same without showing what is typed. */
  askSecret(question: string, signal: AbortSignal): Promise<string | undefined>;
}

export function createConsole(options: ConsoleOptions): Console {
  const style = createStyle(wantsColor(options, process.stdout.isTTY));
  const noteStyle = createStyle(wantsColor(options, process.stderr.isTTY));
  const progress = new Progress({
    write: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY && options.progress,
    columns: () => process.stderr.columns || 80,
    style: noteStyle,
    quiet: options.quiet || !options.progress,
    now: Date.now,
  });
  return {
    style,
    noteStyle,
    progress,
    interactive: hasTerminal(),
    out: async (text) => {
      progress.clear();
      // Whatever a report has let through: in JSON, and in text, an escape that is seen says the same.
      if (process.stdout.destroyed || process.stdout.write(visibleJson(text))) return;
      await drained(process.stdout);
    },
    note: (text) => {
      progress.clear();
      process.stderr.write(`${text}\n`);
    },
    ask: (question, signal) => asked(question, signal, progress, process.stderr),
    askSecret: async (question, signal) => {
      if (!hasTerminal()) return undefined;
      try {
        // Asked only when the terminal has stopped echoing: what is typed or pasted at once is not shown either.
        return await asked('', signal, progress, silent(), () => process.stderr.write(question));
      } finally {
        // Nor was the line end that was typed.
        process.stderr.write('\n');
      }
    },
  };
}

function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** One line from the terminal. */
async function asked(
  question: string,
  signal: AbortSignal,
  progress: Progress,
  output: NodeJS.WritableStream,
  onReady: () => void = () => undefined,
): Promise<string | undefined> {
  if (!hasTerminal()) return undefined;
  progress.clear();
  const prompt = createInterface({ input: process.stdin, output, terminal: true });
  onReady();
  // The terminal is in raw mode while a question is open, so Ctrl-C comes as a key.
  prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<undefined>((resolve) => prompt.once('close', () => resolve(undefined)));
  try {
    return await Promise.race([prompt.question(question, { signal }), closed]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    prompt.close();
  }
}

/** Takes everything and shows nothing: what readline would echo is a secret. */
function silent(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Resolves when the stream takes more, or never will because its reader went away; what broke it is told where the process listens for it. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      for (const event of ['drain', 'error', 'close']) stream.off(event, settle);
      resolve();
    };
    for (const event of ['drain', 'error', 'close']) stream.once(event, settle);
  });
}

/** https://no-color.org and the usual FORCE_COLOR; a flag beats both. */
function wantsColor({ color, environment }: ConsoleOptions, terminal: boolean): boolean {
  if (color !== 'auto') return color === 'always';
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return terminal && environment['TERM'] !== 'dumb';
}
