import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';

/** A process that serves until it is told to end. */
export interface Daemon {
  readonly name: string;
  /** Whether it still runs. */
  isUp(): boolean;
  /** The end of what it printed. */
  log(): string;
  /** Resolves once it has ended. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logPath: string;
  /** What ends it in order; SIGTERM unless given. */
  readonly stopSignal?: 'SIGTERM' | 'SIGINT';
  /** Runs as the user `nobody` where the tests run as root. */
  readonly unprivileged?: boolean;
}

/** Numeric id of `nobody` and its group, the same on every Linux. */
export const nobody = 65_534;
export const isRoot = process.getuid?.() === 0;

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
const stopSeconds = 20;
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Whether this machine can start a process that refuses to run as root. */
export const canDropRoot = !isRoot || setpriv !== undefined;

/** Command and arguments that run a command as `nobody` where the tests run as root. */
export function asNobody(command: string, args: readonly string[], more: readonly string[] = []): readonly [string, readonly string[]] {
  return isRoot ? viaSetpriv(command, args, [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...more]) : [command, args];
}

function viaSetpriv(command: string, args: readonly string[], options: readonly string[]): readonly [string, readonly string[]] {
  return setpriv === undefined ? [command, args] : [setpriv, [...options, '--', command, ...args]];
}

/** Starts a process. It ends with this one, however this one ends: on Linux the kernel sends it its signal even where this one was killed. */
export function startDaemon(options: DaemonOptions): Daemon {
  const { name, cwd, env, logPath, stopSignal = 'SIGTERM', unprivileged = false } = options;
  const tie = [`--pdeathsig=${stopSignal.slice('SIG'.length)}`];
  const wrap = unprivileged && isRoot ? asNobody : viaSetpriv;
  const [command, args] = wrap(options.command, options.args, tie);
  const log = openSync(logPath, 'a');
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', log, log] });
  closeSync(log);
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  }).finally(() => running.delete(child));
  const isUp = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    name,
    isUp,
    log: () => readFileSync(logPath, 'utf8').split('\n').slice(-60).join('\n'),
    stop: async () => {
      if (!isUp()) return;
      child.kill(stopSignal);
      const timer = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Polls until `isReady`. @throws Error with the log of a process that ended before, or where it takes longer than `seconds` */
export async function ready(daemons: readonly Daemon[], isReady: () => Promise<boolean>, seconds = 120): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    if (await isReady()) return;
    const dead = daemons.find((daemon) => !daemon.isUp());
    if (dead !== undefined) throw new Error(`${dead.name} ended before it was ready:\n${dead.log()}`);
    if (Date.now() > deadline) throw new Error(daemons.map((daemon) => `${daemon.name} is not ready:\n${daemon.log()}`).join('\n'));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
