import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../support/cli.ts';

/** How one run of the command line ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The most memory while it ran, bytes; 0 where the system does not tell. */
  readonly peak: number;
  /** What would have kept its process from ending. */
  readonly kept: readonly string[];
}

/** Runs the built command line, one command at a time, with waits that take a hundredth of their time. */
export interface CliHost extends AsyncDisposable {
  /** @throws where it crashes or takes longer than a minute: the process is then another one for the next run */
  run(args: readonly string[], cwd: string): Promise<Ran>;
}

/** Milliseconds after which a run hangs: its longest timeouts take some seconds here, several in a row half a minute. */
const patience = 180_000;

const script = fileURLToPath(new URL('cli-host.mjs', import.meta.url));

export function cliHost(): CliHost {
  let child: ChildProcess | undefined;

  async function started(): Promise<ChildProcess> {
    if (child?.connected === true) return child;
    const made = fork(script, { env: cleanEnvironment(), stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--expose-gc'] });
    child = made;
    await messageOf(made);
    return made;
  }

  return {
    run: async (args, cwd) => {
      const running = await started();
      const answer = messageOf(running);
      running.send({ args, cwd });
      try {
        return (await answer) as Ran;
      } catch (error) {
        running.kill('SIGKILL');
        child = undefined;
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (child?.connected !== true) return;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => reject(new Error('it hangs'))), patience);
    const onExit = (code: number | null): void => settle(() => reject(new Error(`the process ended with ${code}`)));
    const onMessage = (message: unknown): void =>
      settle(() => {
        if (typeof message === 'object' && message !== null && 'crashed' in message)
          reject(new Error(`it crashed: ${String(message.crashed)}`));
        else resolve(message);
      });
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      child.off('exit', onExit).off('message', onMessage);
      then();
    };
    child.once('exit', onExit).once('message', onMessage);
  });
}
