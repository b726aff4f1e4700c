import { PkgsyncError, isPkgsyncError, printable } from '../errors.ts';
import type { LockEntry, LockPackage } from '../lockfile/lock.ts';
import { hasDigest, parseDigests } from '../packaging/digest.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import { isDistribution, isSafeFilename, parseDistributionFilename } from '../packaging/filename.ts';
import { isNormalizedName } from '../packaging/name.ts';
import type { PackageName } from '../packaging/name.ts';
import { planVersion } from './plan-file.ts';
import type { PlanHeader, PlanTrailer, SavedProject } from './plan-file.ts';
import type { CreateHasher } from './plan-id.ts';
import { PlanSums, changed } from './plan-sums.ts';
import type { Action, ActionKind, LockChange } from './plan.ts';

/** Checks one parsed line against the published schema: the sentence of what is wrong, or undefined. */
export type ValidateLine = (value: unknown) => string | undefined;

/**
 * Reads the header of a saved plan.
 * @param now milliseconds since the epoch; undefined: whether it has expired does not matter
 * @throws PkgsyncError PLAN_INVALID, PLAN_STALE where it has expired
 */
export function decodeHeader(text: string, label: string, validate: ValidateLine, now: number | undefined): PlanHeader {
  const value = parseLine(text, label, 1);
  const version = isRecord(value) ? value['planVersion'] : undefined;
  if (typeof version === 'number' && version > planVersion) {
    throw new PkgsyncError('PLAN_INVALID', `${label} was written by a newer pkgsync (planVersion ${version})`, {
      hint: 'upgrade pkgsync, or plan again',
    });
  }
  const header = checked(value, 'header', label, 1, validate) as unknown as PlanHeader;
  if (Number.isNaN(Date.parse(header.expires))) throw invalidLine(label, 1, `'${printable(header.expires)}' is no date`);
  if (now !== undefined && hasExpired(header, now)) {
    throw new PkgsyncError('PLAN_STALE', `${label} expired on ${header.expires}`, { hint: 'plan again and have it reviewed' });
  }
  return header;
}

/** Whether the time in which the plan may be applied is over. @param now milliseconds since the epoch */
export function hasExpired({ expires }: Pick<PlanHeader, 'expires'>, now: number): boolean {
  return Date.parse(expires) < now;
}

/**
 * Reads a saved plan project by project; the generator's return value is the trailer. Every line passes through the digest, and what the trailer
 * says is added up again from the lines, so projects may be acted on only after the plan was read once to its end.
 * @param lines all lines including the header, without line ends
 * @throws PkgsyncError PLAN_INVALID naming the line: truncated, edited, not a plan
 */
export async function* decodePlan(
  lines: AsyncIterable<string>,
  label: string,
  validate: ValidateLine,
  createHasher: CreateHasher,
): AsyncGenerator<SavedProject, PlanTrailer> {
  const hasher = createHasher();
  let number = 0;
  let sums: PlanSums | undefined;
  let current: Draft | undefined;
  let trailer: PlanTrailer | undefined;
  for await (const text of lines) {
    number += 1;
    if (trailer !== undefined) {
      // `plan --json` prints notes for people after the plan; they decide nothing.
      if (text.startsWith('{"type":"note",')) continue;
      throw invalidLine(label, number, 'the plan has ended before');
    }
    const value = parseLine(text, label, number);
    if (sums === undefined) {
      const { destinations } = checked(value, 'header', label, number, validate) as unknown as PlanHeader;
      sums = new PlanSums(createHasher, destinations);
      hasher.update(`${text}\n`);
      continue;
    }
    if (isRecord(value) && value['type'] === 'trailer') {
      trailer = checked(value, 'trailer', label, number, validate) as unknown as PlanTrailer;
      if (current !== undefined) sums.add(current);
      if (trailer.digest !== hasher.hex()) throw changed(label, 'its digest does not match');
      sums.compare(trailer, label);
      if (current !== undefined) yield current;
      continue;
    }
    hasher.update(`${text}\n`);
    const line = checked(value, undefined, label, number, validate);
    const name = line['name'];
    if (typeof name !== 'string' || !isNormalizedName(name)) throw invalidLine(label, number, 'it names no project');
    if (current !== undefined && name < current.name) throw invalidLine(label, number, 'projects are out of order');
    if (current?.name !== name) {
      if (current !== undefined) {
        sums.add(current);
        yield current;
      }
      current = { name, actions: [], lock: [], ruleChanged: false, locked: undefined };
    }
    addLine(current, line, sums, label, number);
  }
  if (trailer !== undefined) return trailer;
  throw new PkgsyncError('PLAN_INVALID', `${label} is truncated: its last line is missing`, { hint: 'plan again' });
}

interface Draft {
  readonly name: PackageName;
  readonly actions: Action[];
  readonly lock: LockChange[];
  ruleChanged: boolean;
  locked: LockPackage | undefined;
}

function addLine(draft: Draft, line: Readonly<Record<string, unknown>>, { destinations }: PlanSums, label: string, number: number): void {
  switch (line['type']) {
    case 'action':
      if (!destinations.has(String(line['destination']))) throw invalidLine(label, number, 'the header does not name its destination');
      draft.actions.push(decodeAction(line, draft.name, label, number));
      return;
    case 'lock': {
      const entry = line['entry'] as LockEntry;
      assertFilename(entry.filename, draft.name, label, number);
      draft.lock.push({
        kind: line['kind'] as LockChange['kind'],
        name: draft.name,
        entry,
        ...(typeof line['detail'] === 'string' ? { detail: line['detail'] } : {}),
      });
      return;
    }
    case 'package':
      draft.ruleChanged = true;
      draft.locked =
        line['removed'] === true
          ? undefined
          : {
              name: draft.name,
              rule: line['rule'] as LockPackage['rule'],
              via: line['via'] as LockPackage['via'],
              source: line['source'] as string | undefined,
              files: [],
            };
      return;
    default:
      throw invalidLine(label, number, 'it is of an unknown type');
  }
}

/** Which of `to` and `from` the actions of a kind have; the schema has checked their shape. */
const parts: Readonly<Record<ActionKind, readonly ('to' | 'from')[] | undefined>> = {
  register: ['to'],
  upload: ['to'],
  replace: ['to', 'from'],
  update: [],
  remove: ['from'],
  mismatch: ['to', 'from'],
  blocked: [],
  unverifiable: ['to', 'from'],
  // Only counted.
  keep: undefined,
};

function decodeAction(line: Readonly<Record<string, unknown>>, name: PackageName, label: string, number: number): Action {
  const { destination, reason, detail, errorCode, retryable, hint } = line;
  const kind = line['kind'] as ActionKind;
  const file = decodeFacts(line['to'], name, label, number);
  const existing = decodeFacts(line['from'], name, label, number);
  const needed = parts[kind];
  if (needed === undefined) throw invalidLine(label, number, `a plan has no lines of the kind ${kind}`);
  for (const part of needed)
    if ((part === 'to' ? file : existing) === undefined) throw invalidLine(label, number, `a line of the kind ${kind} needs '${part}'`);
  if ((kind === 'upload' || kind === 'replace') && !hasDigest(file?.hashes ?? {}))
    throw invalidLine(label, number, 'no digest of the file is approved');
  return {
    destination,
    kind,
    name,
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(hint === undefined ? {} : { hint }),
    ...(file && { file }),
    ...(existing && { existing }),
  } as unknown as Action;
}

function decodeFacts(value: unknown, name: PackageName, label: string, number: number): FileFacts | undefined {
  if (!isRecord(value)) return undefined;
  assertFilename(value['filename'], name, label, number);
  const { hashes, yanked = false, coreMetadata, ...rest } = value;
  const digests = (written: unknown) => (isRecord(written) ? parseDigests(written) : {});
  return {
    ...rest,
    hashes: digests(hashes),
    yanked,
    ...(coreMetadata === undefined ? {} : { coreMetadata: digests(coreMetadata) }),
  } as unknown as FileFacts;
}

function assertFilename(filename: unknown, name: PackageName, label: string, number: number): void {
  if (typeof filename === 'string' && isSafeFilename(filename) && isDistribution(parseDistributionFilename(filename, name))) return;
  throw invalidLine(label, number, `'${printable(String(filename))}' is no distribution of ${name}`);
}

function parseLine(text: string, label: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PkgsyncError(
      'PLAN_INVALID',
      `${label}:${number}: not a line of a plan: ${isPkgsyncError(cause) ? cause.message : 'no JSON'}`,
      { hint: 'plan again', cause },
    );
  }
}

function checked(
  value: unknown,
  type: string | undefined,
  label: string,
  number: number,
  validate: ValidateLine,
): Readonly<Record<string, unknown>> {
  const problem = validate(value);
  if (problem !== undefined) throw invalidLine(label, number, problem);
  if (!isRecord(value) || (type !== undefined && value['type'] !== type))
    throw invalidLine(label, number, `it should be the ${type ?? 'action'}`);
  return value;
}

function invalidLine(label: string, number: number, problem: string): PkgsyncError {
  return new PkgsyncError('PLAN_INVALID', `${label}:${number}: not a line of a plan: ${problem}`, { hint: 'plan again' });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
