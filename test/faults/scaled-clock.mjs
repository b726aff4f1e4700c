// Preloaded into pkgsync by the tests of faults: every wait takes a hundredth of its time, so that minutes of patience fit into a test. Clocks
// that are only read (`Date.now`, `performance.now`) stay true.
import { createRequire, syncBuiltinESMExports } from 'node:module';

const scale = 100;
/** undici counts its timeouts in ticks of this length; a busy machine shall not be taken for a silent server. */
const tick = 499;
const tickScale = 40;

/** @type {typeof import('node:timers').setTimeout} */
const timeout = globalThis.setTimeout;
/** @type {(callback: (...given: unknown[]) => void, milliseconds?: number, ...rest: unknown[]) => NodeJS.Timeout} */
const shorter = (callback, milliseconds = 0, ...rest) =>
  timeout(callback, milliseconds / (milliseconds === tick ? tickScale : scale), ...rest);
Object.assign(globalThis, { setTimeout: Object.assign(shorter, timeout) });

/** @type {{ setTimeout: (milliseconds?: number, value?: unknown, options?: object) => Promise<unknown> }} */
const promises = createRequire(import.meta.url)('node:timers/promises');
const promised = promises.setTimeout;
promises.setTimeout = (milliseconds = 0, value, options) => promised(milliseconds / scale, value, options);
syncBuiltinESMExports();
