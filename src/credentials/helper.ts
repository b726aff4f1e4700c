import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import type { Credential } from '../http/credential.ts';
import { runHelper, saidOf, type HelperContext } from './run-helper.ts';

export interface HelperRequest {
  /** What the credentials are for. */
  readonly url: string;
  readonly username?: string | undefined;
}

/** User name that goes with a password alone, as for an API token. */
const tokenUser = '__token__';

/**
 * Runs a command of the user's own: it prints a password (or token), or JSON with `password` and perhaps `username`.
 * @param command the executable and its arguments; no shell looks at them
 * @throws PkgsyncError UNAUTHORIZED, INTERRUPTED; shows nothing of what it printed to stdout
 */
export async function askCommand(
  command: readonly string[],
  { url, username }: HelperRequest,
  context: HelperContext,
): Promise<Credential> {
  const name = `'${printable(command[0] ?? '')}'`;
  const run = await runHelper(command, context);
  if (run.code !== 0) {
    const how = run.code === null ? 'was ended by a signal' : `ended with exit code ${run.code}`;
    throw failed(`${name}, which knows the credentials for ${redactUrl(url)}, ${how}`, saidOf(run));
  }
  const answer = parseHelperAnswer(run.stdout);
  if (typeof answer === 'string') throw failed(`${name}, which knows the credentials for ${redactUrl(url)}, ${answer}`, saidOf(run));
  return { username: answer.username ?? username ?? tokenUser, password: answer.password };
}

/**
 * Asks the `keyring` command as pip's subprocess provider does: for the URL, then for its host, unless a name is given.
 * https://pip.pypa.io/en/stable/topics/authentication/#keyring-support
 * @param service `true`, or the name under which the keyring has the entry
 * @throws PkgsyncError UNAUTHORIZED, INTERRUPTED
 */
export async function askKeyring(service: true | string, { url, username }: HelperRequest, context: HelperContext): Promise<Credential> {
  const utf8 = { ...context, environment: { ...context.environment, PYTHONIOENCODING: 'utf-8' } };
  const services = service === true ? [url, new URL(url).host] : [service];
  let said = '';
  for (const each of services) {
    const user = username === undefined ? [] : [username];
    let run = await runHelper(['keyring', '--mode=creds', '--output=json', 'get', each, ...user], utf8);
    if (run.code === 2 && run.stderr.includes('unrecognized arguments')) {
      if (username === undefined) {
        throw new PkgsyncError('UNAUTHORIZED', `the installed keyring cannot tell a user name for ${redactUrl(url)}`, {
          hint: "upgrade it to 25.2.1 or later, or write 'username' beside 'keyring'",
        });
      }
      run = await runHelper(['keyring', 'get', each, username], utf8);
      if (run.code === 0 && run.stdout.trim() !== '') return { username, password: run.stdout.replace(/\r?\n$/, '') };
    }
    said = saidOf(run) || said;
    const answer = run.code === 0 ? parseHelperAnswer(run.stdout) : '';
    if (typeof answer !== 'string') return { username: answer.username ?? username ?? tokenUser, password: answer.password };
  }
  const whose = username === undefined ? '' : ` of ${printable(username)}`;
  const where = service === true ? '' : `, under the name '${printable(service)}'`;
  throw failed(`the keyring has no password${whose} for ${redactUrl(url)}${where}`, said);
}

/** What a helper printed, or what is wrong with it; never shows any of it. */
export function parseHelperAnswer(stdout: string): { readonly username?: string; readonly password: string } | string {
  const text = stdout.trim();
  if (text === '') return 'printed nothing';
  const json = text.startsWith('{') ? parsedOrNot(text) : undefined;
  if (json !== undefined) {
    const { username, password } = json;
    if (typeof password !== 'string' || password === '') return "printed JSON without a 'password'";
    return typeof username === 'string' ? { username, password } : { password };
  }
  return /[\r\n]/.test(text) ? 'printed more than one line: expected a password, or JSON with username and password' : { password: text };
}

/** A password may well begin with a brace. The parser's own error would quote it. */
function parsedOrNot(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function failed(sentence: string, said: string): PkgsyncError {
  return new PkgsyncError('UNAUTHORIZED', said === '' ? sentence : `${sentence}: ${said}`);
}
