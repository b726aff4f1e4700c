import type { PlanNote } from '../engine/summary.ts';
import { plural } from '../reporters/format.ts';
import type { Session } from './session.ts';

/** What people should know of a plan beyond its lines: limits it exceeds, what gets lost, what to do next. On stderr. */
export function reportNotes({ console, flags }: Pick<Session, 'console' | 'flags'>, notes: readonly PlanNote[]): void {
  for (const note of notes) {
    if (note.kind === 'limit') console.note(`limit: ${note.message}`);
    else if (flags.quiet !== true) console.note(`note: ${textOf(note)}`);
  }
}

function textOf(note: Exclude<PlanNote, { kind: 'limit' }>): string {
  switch (note.kind) {
    case 'cannot-carry':
      return `${note.address} cannot carry ${note.fact} (${plural(note.files, 'file')} of this plan)`;
    case 'every-wheel':
      return `without targets every wheel is selected: ${note.filesPerRelease.toFixed(1)} files per release on average`;
    case 'incomplete':
      return 'the plan is not complete: what could not be listed is not in it';
  }
}
