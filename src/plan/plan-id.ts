import { canonicalRule } from '../manifest/rule.ts';
import { strongestDigest } from '../packaging/digest.ts';
import type { DigestSet } from '../packaging/digest.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import type { Action, LockChange, ProjectPlan } from './plan.ts';

/** A running SHA-256, passed in because this folder is pure. */
export interface Hasher {
  update(text: string): void;
  /** Lower-case hex; the last call. */
  hex(): string;
}
export type CreateHasher = () => Hasher;

/** A destination as the plan names it: no credentials, the path as written. */
export interface PlannedDestination {
  readonly name: string;
  readonly type: 'directory' | 'upload';
  readonly address: string;
}

/** The parts of a project's plan that mean something to whoever carries it out. */
export type MeaningfulProject = Pick<ProjectPlan, 'name' | 'actions' | 'lock' | 'ruleChanged' | 'locked'>;

/**
 * The plan's identity while its projects pass in name order: SHA-256 over canonical lines of meaning. Two machines that plan the same
 * change get the same id; times, tool version, request order, unchanged files and enrichment of digests do not enter.
 */
export class PlanIdentity {
  readonly #hasher: Hasher;

  constructor(createHasher: CreateHasher, destinations: readonly PlannedDestination[]) {
    this.#hasher = createHasher();
    this.#hasher.update('pkgsync plan 1\n');
    for (const { name, type, address } of destinations) this.#line(['destination', name, type, address]);
  }

  add(project: MeaningfulProject): void {
    for (const action of project.actions) {
      if (action.kind !== 'keep' && action.kind !== 'unverifiable') this.#line(actionMeaning(action));
    }
    for (const change of project.lock) {
      if (change.kind !== 'enrich' || change.detail !== undefined) this.#line(lockMeaning(change));
    }
    if (project.ruleChanged) {
      const { locked } = project;
      this.#line([
        'rule',
        project.name,
        locked === undefined ? null : locked.rule === null ? '' : canonicalRule(locked.rule),
        locked?.via ?? null,
        locked?.source ?? null,
      ]);
    }
  }

  hex(): string {
    return this.#hasher.hex();
  }

  #line(values: readonly unknown[]): void {
    this.#hasher.update(`${JSON.stringify(values)}\n`);
  }
}

function actionMeaning(action: Action): readonly unknown[] {
  const file = 'file' in action ? action.file : undefined;
  const existing = 'existing' in action ? action.existing : undefined;
  // A registration stands for the project: which of its files went first does not matter.
  const to = action.kind === 'register' ? null : fileMeaning(file);
  return [action.destination, action.kind, action.name, action.reason, fileMeaning(existing), to];
}

function fileMeaning(file: FileFacts | undefined): readonly unknown[] | null {
  return file === undefined ? null : [file.filename, digestMeaning(file.hashes), file.yanked];
}

/** sha256 where there is one: what a listing or an apply adds to it later is the same file. */
function digestMeaning(hashes: DigestSet): string | null {
  return (hashes.sha256 === undefined ? strongestDigest(hashes) : `sha256:${hashes.sha256}`) ?? null;
}

function lockMeaning({ kind, name, entry, detail }: LockChange): readonly unknown[] {
  return [
    'lock',
    kind,
    name,
    entry.filename,
    digestMeaning(entry.hashes),
    entry.yanked ?? null,
    entry.removed ?? null,
    kind === 'enrich' ? detail : null,
  ];
}
