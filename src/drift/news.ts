import type { Warning } from '../plan/plan.ts';

/** News from the source that fails a run only where `--fail-on` names its class. */
export const newsClasses = [
  'yanked-upstream',
  'source-vanished',
  'project-status',
  'newer-release',
] as const satisfies readonly Warning['class'][];
export type NewsClass = (typeof newsClasses)[number];
