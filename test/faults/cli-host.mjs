// A process that runs pkgsync's command line again and again, one command at a time, each from `main` to its exit code: 300 cells of a table would
// otherwise start 600 processes. Started by cli-host.ts.
import './scaled-clock.mjs';
import { readFileSync, writeFileSync } from 'node:fs';

const { main } = await import('../../dist/cli/main.js');
process.setMaxListeners(0);

/** What keeps the process running; the channel to the tests and the output are not the command's. */
function kept() {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => !['PipeWrap', 'TTYWrap', 'FSReqPromise', 'TickObject', 'Immediate'].includes(kind));
}

async function settled() {
  for (let turn = 0; turn < 50 && kept().length > 0; turn += 1) await new Promise((resolve) => setTimeout(resolve, 200));
  return kept();
}

/** The most memory since the last call, in bytes; 0 where the system does not tell. */
function peak() {
  try {
    const [, kilobytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    writeFileSync('/proc/self/clear_refs', '5');
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}

/** @type {(stream: NodeJS.WriteStream, keep: (text: string) => void) => () => void} */
function captured(stream, keep) {
  const write = stream.write;
  /** @type {(text: string | Uint8Array, encoding?: unknown, done?: unknown) => boolean} */
  const keeping = (text, encoding, done) => {
    keep(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'));
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') queueMicrotask(() => callback());
    return true;
  };
  stream.write = keeping;
  return () => void (stream.write = write);
}

/** @type {(message: unknown) => void} */
const tell = (message) => void process.send?.(message);

process.on('message', async (/** @type {{ args: string[], cwd: string }} */ { args, cwd }) => {
  process.chdir(cwd);
  const output = { stdout: '', stderr: '' };
  const restore = [
    captured(process.stdout, (text) => void (output.stdout += text)),
    captured(process.stderr, (text) => void (output.stderr += text)),
  ];
  globalThis.gc?.();
  peak();
  let code = -1;
  try {
    code = await main(args);
  } catch (error) {
    output.stderr += `main threw: ${String(error)}`;
  } finally {
    for (const one of restore) one();
  }
  tell({ code, ...output, peak: peak(), kept: await settled() });
});
process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => {
  tell({ crashed: error.stack ?? error.message });
  process.exit(99);
});
tell('ready');
