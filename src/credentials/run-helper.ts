import { spawn } from 'node:child_process';
import { PkgsyncError, printable } from '../errors.ts';
import { systemErrorCode } from '../io/file-errors.ts';

/** What runs helpers of the user's own: their surroundings, and when to give up. */
export interface HelperContext {
  /** All of it is passed on; PATH says where commands are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where they start; a relative path of a command begins here. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until a helper is ended; 60,000 unless given. */
  readonly timeout?: number | undefined;
}

export interface HelperRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const defaultTimeout = 60_000;
const stdoutLimit = 64 * 1024;
const stderrLimit = 16 * 1024;

/**
 * Runs a command to its end, without a shell and without input.
 * @returns its exit code, or null where a signal ended it, and what it wrote
 * @throws PkgsyncError UNAUTHORIZED: it cannot be started, takes too long or writes too much; INTERRUPTED. Names the command, never its arguments.
 */
export function runHelper([command = '', ...args]: readonly string[], context: HelperContext): Promise<HelperRun> {
  const { environment, folder, signal, timeout = defaultTimeout } = context;
  const name = `'${printable(command, 200)}'`;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(interrupted(name));
      return;
    }
    if ([command, ...args].some((word) => word.includes('\0'))) {
      reject(new PkgsyncError('UNAUTHORIZED', `${name} cannot be run for credentials: a NUL character in it`));
      return;
    }
    const child = spawn(command, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const sizes = { stdout: 0, stderr: 0 };
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const giveUp = (error: PkgsyncError): void => {
      child.kill('SIGKILL');
      // A process that it left behind may hold the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
      settle(() => reject(error));
    };
    const onAbort = (): void => giveUp(interrupted(name));
    const timer = setTimeout(() => {
      giveUp(new PkgsyncError('UNAUTHORIZED', `${name} gave no credentials within ${timeout / 1000} seconds`));
    }, timeout);
    signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      sizes.stdout += chunk.length;
      if (sizes.stdout > stdoutLimit) giveUp(new PkgsyncError('UNAUTHORIZED', `${name} wrote more than ${stdoutLimit} bytes: no password`));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (sizes.stderr < stderrLimit) stderr.push(chunk.subarray(0, stderrLimit - sizes.stderr));
      sizes.stderr += chunk.length;
    });
    child.on('error', (error) => settle(() => reject(notStarted(error, name))));
    child.once('close', (code) => {
      settle(() => resolve({ code, stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') }));
    });
  });
}

/**
 * What a helper said of its failure, for a message: without what it wrote as its answer, without what stands before the `@` of a URL or behind the
 * name of a secret; at most 500 characters.
 */
export function saidOf({ stdout, stderr }: Pick<HelperRun, 'stdout' | 'stderr'>): string {
  let text = stderr.trim();
  for (const secret of stdout.split(/[\s"]+/)) if (secret.length >= 4) text = text.replaceAll(secret, '***');
  text = text
    .replace(/\/\/[^\s@]{1,2000}@/g, '//***@')
    .replace(/\b(pass(?:word|wd)?|token|secret|authorization|api[-_]?key)(["']?[:=])\s{0,8}(?:(?:basic|bearer)\s{1,8})?\S+/gi, '$1$2 ***');
  return text === '' ? '' : printable(text.slice(-500), 600);
}

function interrupted(name: string): PkgsyncError {
  return new PkgsyncError('INTERRUPTED', `interrupted while ${name} was asked for credentials`);
}

function notStarted(error: Error, name: string): PkgsyncError {
  const code = systemErrorCode(error) ?? 'unknown';
  if (code === 'ENOENT')
    return new PkgsyncError('UNAUTHORIZED', `${name} is not there, so nobody knows the credentials`, {
      hint: `install it, or correct PATH`,
      cause: error,
    });
  return new PkgsyncError('UNAUTHORIZED', `${name} cannot be run for credentials (${code})`, { cause: error });
}
