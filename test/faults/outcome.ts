import type { Ran } from './cli-host.ts';

/** What one run of the command line came to, as a reader of its JSON lines sees it. */
export interface Outcome {
  /** `done`, or what is amiss: `failed CODE`, `error CODE`, `blocked REASON`, `drift CLASS`, `note CLASS`. */
  readonly words: readonly string[];
  /** Whether a retry can help, by every failure that says so; undefined where nothing says. */
  readonly retryable: boolean | undefined;
  /** Failures without a reason, and lines that are no JSON: always none. */
  readonly unreasoned: readonly string[];
  /** `kind filename` of planned actions. */
  readonly planned: readonly string[];
}

interface Line {
  readonly type?: string;
  readonly kind?: string;
  readonly reason?: string;
  readonly class?: string;
  readonly code?: string;
  readonly errorCode?: string;
  readonly outcome?: string;
  readonly message?: string;
  readonly detail?: string;
  readonly retryable?: boolean;
  readonly filename?: string;
  readonly name?: string;
  readonly to?: { readonly filename?: string };
  readonly failures?: readonly Line[];
}

/** Notes that say the same as the lines before them, or nothing about the fault. */
const quietNotes = new Set(['incomplete', 'skipped-files', 'newer-release']);

/** Reads what was printed (pure). */
export function outcomeOf({ stdout }: Pick<Ran, 'stdout'>): Outcome {
  const words = new Set<string>();
  const retryable = new Set<boolean>();
  const unreasoned: string[] = [];
  const planned: string[] = [];

  const failure = (word: string, line: Line): void => {
    words.add(word);
    if (line.retryable !== undefined) retryable.add(line.retryable);
    if ((line.message ?? line.detail ?? '') === '') unreasoned.push(`${word} says nothing`);
  };
  for (const text of stdout.split('\n').filter((one) => one !== '')) {
    const line = parsed(text);
    if (line === undefined) {
      unreasoned.push(`no JSON: ${text.slice(0, 200)}`);
      continue;
    }
    if (line.type === 'error') failure(`error ${line.code}`, line);
    if (line.type === 'action' && line.kind === 'blocked') failure(`blocked ${line.errorCode ?? line.reason}`, line);
    if (line.type === 'action' && (line.kind === 'mismatch' || line.kind === 'unverifiable')) words.add(line.kind);
    if (line.type === 'action') planned.push(`${line.kind} ${line.to?.filename ?? line.name}`);
    if (line.type === 'drift' && line.class === 'unreachable') failure('drift unreachable', line);
    else if (line.type === 'drift') words.add(`drift ${line.class}`);
    if (line.type === 'note' && !quietNotes.has(line.class ?? '')) words.add(`note ${line.class}`);
    if ((line.type === 'upload' || line.type === 'download') && line.outcome === 'failed') failure(`failed ${line.code}`, line);
    for (const one of line.failures ?? []) if (one.outcome !== 'skipped') failure(`failed ${one.errorCode}`, one);
  }
  return {
    words: words.size === 0 ? ['done'] : [...words].sort(),
    retryable: retryable.size === 0 ? undefined : retryable.has(true),
    unreasoned,
    planned: planned.sort(),
  };
}

function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
