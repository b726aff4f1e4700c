import { PkgsyncError, isPkgsyncError, printable } from '../errors.ts';
import { parsePattern } from '../manifest/match.ts';
import type { Pattern } from '../manifest/match.ts';
import type { Approval, Approvals } from '../plan/safety.ts';
import { checkedValue, shownWord } from './check-values.ts';
import { variableOf } from './flag.ts';
import type { Flag } from './flag.ts';

/** How results and progress are shown: every command takes these, anywhere on the line. */
const outputOptions = {
  json: { type: 'boolean', describe: 'JSON lines on stdout, for machines' },
  quiet: { type: 'boolean', describe: 'No progress and no notes, only results and errors' },
  verbose: { type: 'boolean', describe: 'Every file, also where many of one project would be folded into one line' },
  color: { choices: ['auto', 'always', 'never'], default: 'auto', describe: 'Colours in text', value: 'WHEN', requiresArg: true },
  progress: { type: 'boolean', default: true, describe: 'Progress on stderr' },
} as const satisfies Record<string, Flag>;

const transferOptions = {
  concurrency: { type: 'number', default: 16, describe: 'Files in flight at once', value: 'N', requiresArg: true },
  'cache-dir': { type: 'string', describe: "Folder for temporary files (the system's)", value: 'FOLDER', requiresArg: true },
  'ca-file': {
    type: 'string',
    describe: "Certificates of authorities (PEM) to trust beside Node's own",
    value: 'FILE',
    requiresArg: true,
  },
  offline: { type: 'boolean', describe: 'Never open a network connection' },
} as const satisfies Record<string, Flag>;

const manifestOptions = {
  manifest: { alias: 'f', type: 'string', default: 'pkgsync.json', describe: 'The manifest', value: 'FILE', requiresArg: true },
  lockfile: {
    type: 'string',
    describe: 'The lock (pkgsync.lock beside the manifest); a path that ends in / is a folder of one file per project',
    value: 'FILE',
    requiresArg: true,
  },
  package: {
    type: 'array',
    string: true,
    describe: 'Only projects that match these names or globs; others keep their entries',
    value: 'GLOB',
    requiresArg: true,
  },
  destination: { type: 'array', string: true, describe: 'Only these destinations of the manifest', value: 'NAME', requiresArg: true },
  'as-of': { type: 'string', describe: 'The clock for ages and exceptions, ISO 8601', value: 'TIME', requiresArg: true },
} as const satisfies Record<string, Flag>;

/**
 * Flags that many commands share, by the heading they stand under in help. A command names the groups it takes; every flag is also an environment
 * variable: `--as-of` is PKGSYNC_AS_OF.
 */
export const optionGroups = {
  output: { heading: 'Output:', options: outputOptions },
  transfer: { heading: 'Transfer:', options: transferOptions },
  manifest: { heading: 'Manifest and lock:', options: manifestOptions },
} as const;

export type OptionGroup = keyof typeof optionGroups;

export const resolvingOptions = {
  locked: { type: 'boolean', describe: 'Never resolve and never write the lock; a missing or outdated lock is exit 21' },
  upgrade: { type: 'array', string: true, describe: 'Take newer releases: of every package, or of those named', value: 'GLOB' },
} as const satisfies Record<string, Flag>;

/** Approvals come from the command line only: a variable that was left set must not approve anything. */
export const approvals: ReadonlySet<string> = new Set(['yes', 'allow', 'expect', 'accept', 'force']);

/**
 * Values of flags from `PKGSYNC_*` variables, for yargs' `config`. Lists are split at commas.
 * @throws PkgsyncError USAGE for a variable that would approve something
 */
export function environmentValues(
  options: Readonly<Record<string, Flag>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    const variable = variableOf(name);
    const value = environment[variable];
    if (value === undefined || value === '') continue;
    if (approvals.has(name)) {
      throw new PkgsyncError('USAGE', `${variable} is set: approvals are given on the command line only`, {
        hint: `unset it and pass --${name}`,
      });
    }
    values[name] = fromText(option, value, variable);
  }
  return values;
}

function fromText(option: Flag, value: string, variable: string): unknown {
  if (option.type === 'boolean') {
    if (['1', 'true', 'yes'].includes(value.toLowerCase())) return true;
    if (['0', 'false', 'no'].includes(value.toLowerCase())) return false;
    throw new PkgsyncError('USAGE', `${variable} is '${shownWord(value)}': expected true or false`);
  }
  if (option.type !== 'array') return checkedValue(option, value, variable);
  const parts = value.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').map((part) => checkedValue(option, part, variable));
}

/** `--upgrade` alone means every package. */
export function parseUpgrade(values: readonly string[] | undefined): boolean | readonly string[] {
  if (values === undefined) return false;
  return values.length === 0 ? true : parseGlobs(values, '--upgrade');
}

/** Name globs from the command line. @throws PkgsyncError USAGE */
export function parseGlobs(values: readonly string[] | undefined, flag: string): readonly string[] {
  for (const value of values ?? []) {
    // With versions it would match no project as a whole, and so nothing at all.
    if (nameGlob(value) === undefined)
      throw new PkgsyncError('USAGE', `${flag} ${printable(value)}: not a project name or glob`, {
        hint: "for example 'django' or 'acme-*', without versions",
      });
  }
  return values ?? [];
}

function nameGlob(value: string): Pattern | undefined {
  try {
    const pattern = parsePattern(value);
    return pattern.specifier === undefined ? pattern : undefined;
  } catch (error) {
    if (isPkgsyncError(error)) return undefined;
    throw error;
  }
}

/** `--allow remove=104`. @throws PkgsyncError USAGE */
export function parseApprovals(values: readonly string[] | undefined): Approvals {
  const parsed: Partial<Record<Approval, number>> = {};
  for (const value of values ?? []) {
    const [, what, count] = /^(remove|replace|upload)=(\d{1,9})$/.exec(value) ?? [];
    if (what === undefined) {
      throw new PkgsyncError('USAGE', `--allow ${printable(value)}: expected remove=N, replace=N or upload=N`, {
        hint: 'the message about the limit names the value to pass',
      });
    }
    parsed[what as Approval] = Number(count);
  }
  return parsed;
}

/** `--as-of`, or now; without a zone it is UTC, so that it means the same on every machine. Milliseconds since the epoch. @throws PkgsyncError USAGE */
export function parseClock(value: string | undefined): number {
  if (value === undefined) return Date.now();
  const [, date, hours, zone] = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/i.exec(value) ?? [];
  const time = date === undefined ? Number.NaN : Date.parse(hours === undefined ? date : `${date}T${hours}${zone ?? 'Z'}`);
  if (Number.isNaN(time))
    throw new PkgsyncError('USAGE', `--as-of ${printable(value)}: not a date`, { hint: 'for example 2026-05-01 or 2026-05-01T12:00:00Z' });
  return time;
}

/** @throws PkgsyncError USAGE */
export function parseConcurrency(value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 256) return value;
  throw new PkgsyncError('USAGE', `--concurrency ${value}: expected a whole number from 1 to 256`);
}
