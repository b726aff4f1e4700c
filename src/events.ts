import type { PackageName } from './packaging/name.ts';

/** How one action of an apply ended. */
export type ActionOutcome = 'done' | 'already' | 'failed' | 'skipped' | 'stale';

/** What stages report while they run. Reporters print; stages never do. */
export type SyncEvent =
  | { readonly type: 'stage-started'; readonly stage: 'plan' | 'lock' | 'apply' | 'drift'; readonly projects?: number | undefined }
  | { readonly type: 'project-planned'; readonly name: PackageName; readonly done: number; readonly total?: number | undefined }
  | { readonly type: 'apply-started'; readonly actions: number; readonly files: number; readonly bytes: number }
  | {
      readonly type: 'action-started';
      readonly destination: string;
      readonly name: PackageName;
      readonly kind: string;
      readonly filename?: string | undefined;
      readonly size?: number | undefined;
    }
  | { readonly type: 'bytes'; readonly count: number }
  /** The bytes are there or on their way; the action is finished when the listing has confirmed it. */
  | {
      readonly type: 'action-sent';
      readonly destination: string;
      readonly name: PackageName;
      readonly kind: string;
      readonly filename?: string | undefined;
    }
  | {
      readonly type: 'action-finished';
      readonly destination: string;
      readonly name: PackageName;
      readonly kind: string;
      readonly filename?: string | undefined;
      readonly outcome: ActionOutcome;
      readonly message?: string | undefined;
      readonly errorCode?: string | undefined;
      readonly retryable?: boolean | undefined;
    }
  /** `bytes`: of the files that will be read. */
  | { readonly type: 'verify-started'; readonly destination: string; readonly files: number; readonly bytes: number }
  /** A file has been judged; `skipped`: bytes that were counted in the beginning and are not read. */
  | {
      readonly type: 'file-verified';
      readonly destination: string;
      readonly name: PackageName;
      readonly filename: string;
      readonly skipped: number;
    }
  | { readonly type: 'warning'; readonly message: string };

export type OnEvent = (event: SyncEvent) => void;
