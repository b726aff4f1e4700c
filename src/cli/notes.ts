import type { PlanNote } from '../engine/summary.ts';
import type { LeftOut } from '../plan/plan.ts';
import { plural } from '../reporters/format.ts';
import type { Session } from './session.ts';

/** What people should know of a plan beyond its lines: limits it exceeds, what gets lost, what to do next. On stderr. */
export function reportNotes({ console, flags }: Pick<Session, 'console' | 'flags'>, notes: readonly PlanNote[]): void {
  for (const note of notes) {
    if (note.kind === 'limit') console.note(`limit: ${noteText(note)}`);
    else if (flags.quiet !== true) console.note(`note: ${noteText(note)}`);
  }
}

/** A note as a sentence. */
export function noteText(note: PlanNote): string {
  switch (note.kind) {
    case 'limit':
      return note.message;
    case 'cannot-carry':
      return `${note.address} cannot carry ${note.fact} (${plural(note.files, 'file')} of this plan)`;
    case 'every-wheel':
      return `without targets every wheel is selected: ${note.filesPerRelease.toFixed(1)} files per release on average`;
    case 'left-out':
      return `${leftOutText(note)} at the source ${note.yanked + note.prereleases === 1 ? 'is' : 'are'} left out, as by installers: see ${namesOf(note)}`;
    case 'incomplete':
      return 'the plan is not complete: what could not be listed is not in it';
  }
}

function leftOutText({ yanked, prereleases }: LeftOut): string {
  const parts = [yanked > 0 ? plural(yanked, 'yanked file') : '', prereleases > 0 ? plural(prereleases, 'pre-release file') : ''];
  return parts.filter((part) => part !== '').join(' and ');
}

/** Flags of `sync` and fields of a rule are called alike. */
function namesOf({ yanked, prereleases }: LeftOut): string {
  return [...(yanked > 0 ? ["'yanked'"] : []), ...(prereleases > 0 ? ["'prereleases'"] : [])].join(' and ');
}
