import { filenameOf } from '../plan/diff.ts';
import type { Action, ProjectPlan } from '../plan/plan.ts';

/** What drift calls a difference; the vocabulary of the plan seen from the destination. */
export const driftClasses = [
  'project-missing',
  'missing',
  'digest-mismatch',
  'size-mismatch',
  'yank-skew',
  'page-stale',
  'tombstone-pending',
  'extra',
  'source-digest-changed',
  'blocked',
  'unreachable',
  'unverifiable',
] as const;
export type DriftClass = (typeof driftClasses)[number];

export { newsClasses } from './news.ts';
export type { NewsClass } from './news.ts';

/** One difference between the approved state and the world. */
export interface DriftFinding {
  readonly class: DriftClass;
  readonly destination: string;
  readonly name: string;
  readonly filename?: string | undefined;
  readonly detail?: string | undefined;
  readonly action: Action;
}

/** The drift class of an action, or undefined where nothing has moved. */
export function driftClass(action: Action): DriftClass | undefined {
  switch (action.kind) {
    case 'keep':
      return undefined;
    case 'register':
      return 'project-missing';
    case 'upload':
      return 'missing';
    case 'replace':
    case 'mismatch':
      return action.reason === 'size-differs' ? 'size-mismatch' : 'digest-mismatch';
    case 'update':
      return action.reason === 'yanked-differs' ? 'yank-skew' : 'page-stale';
    case 'remove':
      return action.reason === 'tombstone' ? 'tombstone-pending' : 'extra';
    case 'unverifiable':
      return 'unverifiable';
    case 'blocked':
      if (action.reason === 'source-digest-changed') return 'source-digest-changed';
      if (action.reason === 'listing-failed') return 'unreachable';
      return action.reason === 'source-missing' ? 'missing' : 'blocked';
  }
}

/** Whether the action says of a wanted file that it is there as approved; what is only tolerated there is not. */
export function isAsApproved(action: Action): boolean {
  return (
    action.kind === 'keep' && (action.reason === 'same-digest' || action.reason === 'same-md5' || action.reason === 'spelling-differs')
  );
}

/** A file in a managed project that is neither approved nor retired, and that no prune covers: no difference, but worth knowing. */
export interface UnlistedFile {
  readonly destination: string;
  readonly name: string;
  readonly filename: string;
}

/** Such files, as the plan of one managed project has them; in one that the manifest calls unmanaged everything is somebody else's business. */
export function unlistedOf(plan: ProjectPlan): readonly UnlistedFile[] {
  return plan.actions.flatMap((action) =>
    action.kind === 'keep' && action.reason === 'unmanaged'
      ? [{ destination: action.destination, name: action.name, filename: action.existing.filename }]
      : [],
  );
}

/** The findings of one project, as its plan has them. */
export function findingsOf(plan: ProjectPlan): readonly DriftFinding[] {
  return plan.actions.flatMap((action) => {
    const found = driftClass(action);
    if (found === undefined) return [];
    const filename = filenameOf(action);
    return [
      {
        class: found,
        destination: action.destination,
        name: action.name,
        ...(filename === '' ? {} : { filename }),
        ...(action.detail === undefined ? {} : { detail: action.detail }),
        action,
      },
    ];
  });
}
