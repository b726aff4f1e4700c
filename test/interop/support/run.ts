import { spawn } from 'node:child_process';
import { devNull } from 'node:os';

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The command with everything it printed: what a failing test shows. */
  readonly transcript: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Milliseconds until the command is killed. */
  readonly timeout?: number;
}

/** Runs a command to its end without a shell. Never rejects for an exit code; does for a command that cannot be started. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeout ?? 120_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A command that ends without reading its input closes the pipe; its exit code says what there is to say.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const transcript = `$ ${[command, ...args].join(' ')}\n${stdout}${stderr}(exit ${code ?? signal ?? 'unknown'})`;
      resolve({ code, signal, stdout, stderr, transcript });
    });
  });
}

/** Runs a command that must succeed. */
export async function must(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await run(command, args, options);
  if (result.code !== 0) throw new Error(result.transcript);
  return result;
}

/** Variables by which a machine's own set-up (a mirror, a proxy, a token, an authority) would reach into the tools under test. */
const foreign =
  /^(PIP|UV|TWINE|PKGSYNC|PYTHON|DEVPI|VIRTUAL_ENV|HTTPS?_PROXY|ALL_PROXY|NETRC|SSL_CERT_|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS)/i;

/**
 * An environment in which pip, uv and twine know nothing but their arguments: an install that works then worked from the index under test.
 * `home` takes the place of the user's folder, so that no .netrc, .pypirc or cache answers instead.
 */
export function sealedEnvironment(home: string, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_CACHE_HOME: `${home}/cache`,
    XDG_CONFIG_HOME: `${home}/config`,
    PIP_CONFIG_FILE: devNull,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    UV_NO_CONFIG: '1',
    NO_COLOR: '1',
    ...extra,
  };
}
