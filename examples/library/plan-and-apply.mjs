/*
 * What `pkgsync apply` does, as a script with rules of its own: it never removes anything, and it tells a chat what it did.
 * Run with `node plan-and-apply.mjs` in a folder with a manifest; it needs pkgsync to be installed there.
 */
import { apply, connect, isPkgsyncError, loadManifest, plan } from 'pkgsync';

const manifest = await loadManifest('pkgsync.json');
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
const { signal } = interrupted;

// The library never looks at the environment by itself: whoever calls it says which variables it may see.
const connection = await connect(manifest, { environment: process.env, signal, onWarning: (message) => console.error(message) });
try {
  const made = await plan({ manifest, connection, lock: 'pkgsync.lock', signal });
  try {
    for await (const { name, actions } of made.projects()) {
      for (const action of actions) if (action.kind === 'upload') console.log(`${name}: ${action.file.filename} for ${action.destination}`);
    }
    const { refused, result } = await apply(made, {
      manifest,
      connection,
      lock: 'pkgsync.lock',
      approve: ({ counts }) => counts.remove === 0,
      signal,
      onEvent: (event) => {
        if (event.type === 'action-finished' && event.outcome === 'failed')
          console.error(`${event.filename ?? event.name}: ${event.message ?? ''}`);
      },
    });
    for (const { code, message } of refused) console.error(`${code}: ${message}`);
    console.log(`${result.done} done, ${result.already} already there, ${result.failed} failed, ${result.skipped} not started`);
    if (refused.length > 0 || result.failed + result.skipped > 0) process.exitCode = 1;
  } finally {
    await made.discard();
  }
} catch (error) {
  // Every error that is not a fault of the library has a code, a sentence and often a hint.
  if (!isPkgsyncError(error)) throw error;
  console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`);
  process.exitCode = 1;
} finally {
  await connection.close();
}
