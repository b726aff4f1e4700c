import type { LockEntry, LockPackage } from '../lockfile/lock.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import type { PackageName } from '../packaging/name.ts';

/** Plan kinds: the one vocabulary of plan, summary, events and drift. */
export const actionKinds = ['register', 'upload', 'replace', 'update', 'remove', 'mismatch', 'blocked', 'keep', 'unverifiable'] as const;
export type ActionKind = (typeof actionKinds)[number];

export type Reason =
  | 'project-missing'
  | 'missing'
  | 'digest-differs'
  | 'size-differs'
  | 'yanked-differs'
  | 'listing-differs'
  | 'tombstone'
  | 'not-selected'
  | 'policy'
  | 'source-digest-changed'
  | 'source-missing'
  | 'nothing-selected'
  | 'listing-failed'
  | 'destination-refuses'
  | 'name-clash'
  | 'same-digest'
  | 'same-md5'
  | 'spelling-differs'
  | 'unmanaged'
  | 'tombstone-kept'
  | 'no-common-digest'
  | 'no-digest';

/** What every action says. */
export interface ActionBase {
  /** Name of the destination; for a project that could not be planned at all, every destination has the action. */
  readonly destination: string;
  readonly name: PackageName;
  readonly reason: Reason;
  /** One sentence for people where kind and reason do not say everything. */
  readonly detail?: string | undefined;
}

/** One step at one destination. `file` is what is wanted, `existing` what was listed: the precondition of the write. */
export type Action = ActionBase &
  (
    | { readonly kind: 'register'; readonly file: FileFacts }
    | { readonly kind: 'upload'; readonly file: FileFacts }
    | { readonly kind: 'remove' | 'keep'; readonly existing: FileFacts }
    | { readonly kind: 'replace'; readonly file: FileFacts; readonly existing: FileFacts }
    | { readonly kind: 'mismatch' | 'unverifiable'; readonly file: FileFacts; readonly existing: FileFacts }
    /** Without `file`: the project's page as a whole. */
    | { readonly kind: 'update'; readonly file?: FileFacts; readonly existing?: FileFacts }
    | {
        readonly kind: 'blocked';
        readonly file?: FileFacts;
        readonly existing?: FileFacts;
        readonly errorCode?: string | undefined;
        readonly retryable?: boolean | undefined;
        /** What can be done about it. */
        readonly hint?: string | undefined;
      }
  );

/** What happens to one entry of the lock. */
export interface LockChange {
  readonly kind: 'add' | 'tombstone' | 'revive' | 'drop' | 'enrich';
  readonly name: PackageName;
  readonly entry: LockEntry;
  /** Digests before, for `enrich`; why, for `tombstone` and `revive`. */
  readonly detail?: string | undefined;
}

/** News from the source that changes nothing by itself (exit 0 unless `--fail-on`). */
export interface Warning {
  readonly class:
    | 'yanked-upstream'
    | 'source-vanished'
    | 'project-status'
    | 'newer-release'
    | 'skipped-file'
    | 'page'
    | 'selection'
    | 'dependency'
    | 'inherited'
    | 'destination-cannot-carry';
  readonly name: PackageName;
  readonly message: string;
}

/** What a destination serves of a project without holding it. */
export interface InheritedHere {
  readonly destination: string;
  /** Files of its own. */
  readonly own: number;
  readonly files: number;
  /** Where they come from, most files first. */
  readonly from: readonly string[];
}

/** Everything the plan says about one project. */
export interface ProjectPlan {
  readonly name: PackageName;
  readonly actions: readonly Action[];
  readonly lock: readonly LockChange[];
  /** The package's state in the lock so far. */
  readonly before: LockPackage | undefined;
  /** The package's new state in the lock; undefined where it leaves the lock. */
  readonly locked: LockPackage | undefined;
  /** The lock is to record another rule, source or requirer, or the package leaves it. */
  readonly ruleChanged: boolean;
  readonly warnings: readonly Warning[];
  /** False where a listing failed: nothing may be concluded from what is absent here. */
  readonly complete: boolean;
  /** Left out by `--package`: it passes through to keep its place in the lock. */
  readonly untouched?: boolean | undefined;
  /** Files at the source that the rule leaves out only because of what they are; absent where it was not asked. */
  readonly leftOut?: LeftOut | undefined;
  /** Absent where no destination serves files that are not its own. */
  readonly inherited?: readonly InheritedHere[] | undefined;
  /** What keeps the lock from its wanted state; each is also a `blocked` action at every destination. */
  readonly problems: readonly Problem[];
}

/** Numbers of files. */
export interface LeftOut {
  readonly yanked: number;
  readonly prereleases: number;
}

export type Counts = Readonly<Record<ActionKind, number>>;

/** Something that keeps a project from its wanted state in the lock. */
export interface Problem {
  readonly reason: Extract<Reason, 'policy' | 'listing-failed' | 'source-missing' | 'nothing-selected' | 'source-digest-changed'>;
  readonly detail: string;
  readonly errorCode?: string | undefined;
  /** Whether the error may pass without anybody changing anything; only beside `errorCode`. */
  readonly retryable?: boolean | undefined;
  readonly hint?: string | undefined;
  readonly filename?: string | undefined;
}
