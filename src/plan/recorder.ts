import type { CarriedFact } from '../destinations/destination.ts';
import type { LockPackage } from '../lockfile/lock.ts';
import { canonicalRule } from '../manifest/rule.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import { differenceKinds, Tally, writingKinds } from './counts.ts';
import type { PlanTrailer } from './plan-file.ts';
import { PlanIdentity } from './plan-id.ts';
import type { CreateHasher, Hasher, PlannedDestination } from './plan-id.ts';
import type { InheritedHere, Problem, ProjectPlan, Reason } from './plan.ts';

/** What keeps a plan from being carried out or from being complete, by class. `file-missing`: an approved file that no apply can bring there. */
export type ProblemClass = Problem['reason'] | 'authentication' | 'file-missing';

/** What stands in the way of a plan: its blocked actions and lock problems, counted by class. */
export class ProblemCounts {
  readonly byClass = new Map<ProblemClass, number>();

  add(plan: Pick<ProjectPlan, 'actions'> & Partial<Pick<ProjectPlan, 'problems'>>): void {
    const shown = new Set<Reason>();
    for (const action of plan.actions) {
      if (action.kind !== 'blocked') continue;
      shown.add(action.reason);
      this.#count(action.reason, action.errorCode, action.file !== undefined);
    }
    // Problems of the lock are blocked actions too wherever a destination is concerned; there may be none.
    for (const { reason, errorCode, filename } of plan.problems ?? [])
      if (!shown.has(reason)) this.#count(reason, errorCode, filename !== undefined);
  }

  #count(reason: Reason, errorCode: string | undefined, ofFile: boolean): void {
    const found = problemClass(reason, errorCode, ofFile);
    if (found !== undefined) this.byClass.set(found, (this.byClass.get(found) ?? 0) + 1);
  }
}

function problemClass(reason: Reason, errorCode: string | undefined, ofFile: boolean): ProblemClass | undefined {
  if (errorCode === 'UNAUTHORIZED' || errorCode === 'FORBIDDEN') return 'authentication';
  // A project that the source never had is a mistake in the manifest; a file that it had is not.
  if (reason === 'source-missing' && ofFile) return 'file-missing';
  // What is approved and stays away is no success, whoever is the cause.
  if (reason === 'name-clash' || (reason === 'destination-refuses' && ofFile)) return 'file-missing';
  return problemReasons.find((known) => known === reason);
}

const problemReasons: readonly Problem['reason'][] = [
  'policy',
  'listing-failed',
  'source-missing',
  'nothing-selected',
  'source-digest-changed',
];

/** Adds up a plan while its projects pass: counts, identity, the lock's identity before and after, problems. */
export class PlanRecorder {
  readonly tally: Tally;
  readonly problems = new ProblemCounts();
  /** What the lock is to record anew of packages and files that it has already: rules, sources, requirers, yanked flags. */
  records = 0;
  complete = true;
  /** Over all projects that were asked. */
  readonly leftOut = { yanked: 0, prereleases: 0 };
  /** By destination: what it serves without holding it. */
  readonly inherited = new Map<string, Inherited>();
  readonly #identity: PlanIdentity;
  readonly #before: LockIdentity;
  readonly #after: LockIdentity;
  readonly #arrivals = new Arrivals();
  #added = 0;
  #releases = 0;
  #trailer: Omit<PlanTrailer, 'type' | 'digest'> | undefined;

  constructor(createHasher: CreateHasher, destinations: readonly PlannedDestination[]) {
    this.tally = new Tally(destinations.map(({ name }) => name));
    this.#identity = new PlanIdentity(createHasher, destinations);
    this.#before = new LockIdentity(createHasher());
    this.#after = new LockIdentity(createHasher());
  }

  add(plan: ProjectPlan): void {
    for (const action of plan.actions) {
      this.tally.addAction(action);
      if (action.kind === 'upload' || action.kind === 'replace') this.#arrivals.add(action.destination, action.file);
    }
    const added = plan.lock.filter(({ kind }) => kind === 'add');
    this.#added += added.length;
    this.#releases += new Set(added.map(({ entry }) => entry.version)).size;
    this.problems.add(plan);
    for (const change of plan.lock) this.tally.addLockChange(change);
    if (plan.ruleChanged && plan.before !== undefined && plan.locked !== undefined) this.records += 1;
    this.records += plan.lock.filter(({ kind, detail }) => kind === 'enrich' && detail !== undefined).length;
    if (!plan.complete) this.complete = false;
    this.leftOut.yanked += plan.leftOut?.yanked ?? 0;
    this.leftOut.prereleases += plan.leftOut?.prereleases ?? 0;
    for (const here of plan.inherited ?? []) this.#inherit(plan.name, here);
    this.#identity.add(plan);
    this.#before.add(plan.before);
    this.#after.add(plan.locked);
  }

  #inherit(name: string, { destination, own, files, from }: InheritedHere): void {
    const known = this.inherited.get(destination) ?? { projects: 0, files: 0, from: [], mixed: 0, examples: [] };
    const others = from.filter((each) => !known.from.includes(each));
    this.inherited.set(destination, {
      projects: known.projects + 1,
      files: known.files + files,
      from: [...known.from, ...others].slice(0, shownExamples),
      mixed: known.mixed + (own > 0 ? 1 : 0),
      examples: own > 0 && known.examples.length < shownExamples ? [...known.examples, name] : known.examples,
    });
  }

  /** Facts of files to upload that a destination has no place for. */
  lost(destination: string, carries: ReadonlySet<CarriedFact>): readonly { fact: string; files: number }[] {
    return this.#arrivals.lost(destination, carries);
  }

  /** Files per release among those new to the lock; undefined where few are. */
  filesPerRelease(): number | undefined {
    return this.#releases === 0 || this.#added < 10 ? undefined : this.#added / this.#releases;
  }

  /** The last call for the identities; the result is remembered. */
  trailer(): Omit<PlanTrailer, 'type' | 'digest'> {
    this.#trailer ??= {
      counts: Object.fromEntries(this.tally.byDestination),
      lock: { ...this.tally.lock },
      records: this.records,
      complete: this.complete,
      planId: this.#identity.hex(),
      lockBefore: this.#before.hex(),
      lockAfter: this.#after.hex(),
    };
    return this.#trailer;
  }
}

/** What a destination serves without holding it, over all projects of a plan. */
export interface Inherited {
  readonly projects: number;
  readonly files: number;
  /** Where they come from: the first few. */
  readonly from: readonly string[];
  /** Projects of which it has files of its own, too. */
  readonly mixed: number;
  /** The first few of these, in name order. */
  readonly examples: readonly string[];
}

/** Names that a note shows. */
const shownExamples = 5;

/** Counts the facts of files to upload, per destination. */
class Arrivals {
  readonly #counts = new Map<string, { yanked: number; 'requires-python': number }>();

  add(destination: string, { yanked, requiresPython }: FileFacts): void {
    const counts = this.#counts.get(destination) ?? { yanked: 0, 'requires-python': 0 };
    this.#counts.set(destination, counts);
    if (yanked !== false) counts.yanked += 1;
    if (requiresPython !== undefined) counts['requires-python'] += 1;
  }

  lost(destination: string, carries: ReadonlySet<CarriedFact>): readonly { fact: string; files: number }[] {
    const counts = this.#counts.get(destination);
    if (counts === undefined) return [];
    const names = { yanked: 'that a file is yanked', 'requires-python': 'Requires-Python' } as const;
    return (['yanked', 'requires-python'] as const)
      .filter((fact) => !carries.has(fact) && counts[fact] > 0)
      .map((fact) => ({ fact: names[fact], files: counts[fact] }));
  }
}

/** Identity of what a lock approves: live files and the rules behind them, without tombstones and without digests that were only added. */
export class LockIdentity {
  readonly #hasher: Hasher;

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  add(locked: LockPackage | undefined): void {
    const live = locked?.files.filter((entry) => entry.removed === undefined) ?? [];
    if (locked === undefined || live.length === 0) return;
    const meaning = [locked.name, locked.rule === null ? null : canonicalRule(locked.rule), locked.via ?? null, locked.source ?? null];
    this.#hasher.update(`${JSON.stringify([...meaning, ...live.map(({ filename, yanked }) => [filename, yanked ?? null])])}\n`);
  }

  hex(): string {
    return this.#hasher.hex();
  }
}

/** Whether an apply would write anything, to a destination or to the lock. */
export function writesAnything(trailer: Pick<PlanTrailer, 'counts' | 'lock' | 'records'>): boolean {
  return writesDestination(trailer) || writesLock(trailer);
}

export function writesDestination({ counts }: Pick<PlanTrailer, 'counts'>): boolean {
  return Object.values(counts).some((of) => [...writingKinds].some((kind) => of[kind] > 0));
}

/** Enrichment alone is no reason to ask anybody. */
export function writesLock({ lock, records }: Pick<PlanTrailer, 'lock' | 'records'>): boolean {
  return records > 0 || lock.add + lock.tombstone + lock.revive + lock.drop > 0;
}

/** Whether anything is not as declared (exit 2 with `--detailed-exitcode`). */
export function hasDifferences(trailer: Pick<PlanTrailer, 'counts' | 'lock' | 'records'>): boolean {
  return writesLock(trailer) || Object.values(trailer.counts).some((of) => [...differenceKinds].some((kind) => of[kind] > 0));
}
