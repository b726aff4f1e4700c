import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const cli = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'cli', 'bin.js');

/**
 * Median milliseconds of a command that does next to nothing.
 * @param {readonly string[]} args of node
 * @param {number} runs
 */
export function startup(args, runs) {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`node ${args.join(' ')} exited with ${status}`);
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? NaN;
}

/**
 * Runs pkgsync to its end; gives its seconds and the peak of its resident memory in MB (the kernel's own high-water mark; NaN where there is no /proc).
 * @param {string} cwd
 * @param {readonly string[]} args
 * @param {number} [expected] its exit code
 * @returns {Promise<{ seconds: number, peak: number, stdout: string }>}
 */
export async function pkgsync(cwd, args, expected = 0) {
  const start = performance.now();
  const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  let peak = NaN;
  const watch = setInterval(() => (peak = highWaterMark(child.pid) ?? peak), 20);
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearInterval(watch);
  if (code !== expected) throw new Error(`pkgsync ${args.join(' ')} exited with ${code}:\n${stdout}${stderr}`);
  return { seconds: (performance.now() - start) / 1000, peak, stdout };
}

/** @param {number | undefined} pid */
function highWaterMark(pid) {
  if (process.platform !== 'linux' || pid === undefined) return undefined;
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch (error) {
    // The process has just ended: what was read before stays.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return undefined;
    throw error;
  }
}
