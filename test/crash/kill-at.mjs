/*
 * Loaded into a process before all else (`node --import`), it counts what the process does to the disk and kills it, as `kill -9` does, at one of these
 * operations: `?at=17&how=torn`. `how`: `before` it, `after` it, or `torn`: a write is carried out by half. With `?count=FILE` it only writes the number
 * of operations into the file at the end.
 */
import { appendFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const { searchParams } = new URL(import.meta.url);
const at = Number(searchParams.get('at') ?? Infinity);
const how = searchParams.get('how') ?? 'before';
const counted = searchParams.get('count');
let operations = 0;

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal may take a moment; nothing more must happen until it is there.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** @param {Record<string, any>} owner @param {string} name @param {(args: any[]) => any[] | undefined} [half] */
function watch(owner, name, half) {
  const call = owner[name];
  owner[name] = async function (/** @type {any[]} */ ...args) {
    operations += 1;
    if (operations !== at) return await call.apply(this, args);
    if (how === 'before') die();
    await call.apply(this, (how === 'torn' ? half?.(args) : undefined) ?? args);
    return die();
  };
}

/** @param {any[]} args of FileHandle.write */
function halfWrite([buffer, offset = 0, length = buffer.length - offset, position = null]) {
  return [buffer, offset, Math.floor(length / 2), position];
}

const handle = await files.open(fileURLToPath(new URL('.', import.meta.url)));
const prototype = Object.getPrototypeOf(handle);
await handle.close();
watch(prototype, 'write', halfWrite);
for (const name of ['sync', 'truncate', 'appendFile', 'chmod']) watch(prototype, name);
for (const name of ['open', 'link', 'rename', 'unlink', 'mkdir', 'mkdtemp', 'rmdir', 'rm', 'copyFile']) watch(files, name);
watch(files, 'writeFile', ([path, text, ...rest]) => [path, text.slice(0, Math.floor(text.length / 2)), ...rest]);
syncBuiltinESMExports();
if (counted !== null) process.on('exit', () => appendFileSync(counted, `${operations}\n`));
