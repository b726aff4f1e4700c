import type { PlanNote } from '../engine/summary.ts';
import { printable } from '../errors.ts';
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
    case 'inherited':
      return inheritedText(note);
    case 'unlisted':
      return `${note.address} holds ${plural(note.files, 'file')} in ${plural(note.projects, 'project')} that nobody approved and that prune leaves there`;
    case 'shared-listing':
      return `${note.address}: ${note.because}, and does not say which: what is listed counts as its own`;
    case 'incomplete':
      return 'the plan is not complete: what could not be listed is not in it';
  }
}

function inheritedText({ address, projects, files, from, mixed, examples }: Extract<PlanNote, { readonly kind: 'inherited' }>): string {
  const sources = from.map((each) => printable(each, 200)).join(', ');
  const what = `${address} also serves ${plural(files, 'file')} of ${plural(projects, 'project')} from ${sources} that ${files === 1 ? 'is' : 'are'} not its own`;
  if (mixed === 0) return what;
  const more = mixed > examples.length ? `, … and ${mixed - examples.length} more` : '';
  return `${what}; of ${plural(mixed, 'project')} it has files of its own, too, so installers may take either: ${examples.join(', ')}${more}`;
}

function leftOutText({ yanked, prereleases }: LeftOut): string {
  const parts = [yanked > 0 ? plural(yanked, 'yanked file') : '', prereleases > 0 ? plural(prereleases, 'pre-release file') : ''];
  return parts.filter((part) => part !== '').join(' and ');
}

/** Flags of `sync` and fields of a rule are called alike. */
function namesOf({ yanked, prereleases }: LeftOut): string {
  return [...(yanked > 0 ? ["'yanked'"] : []), ...(prereleases > 0 ? ["'prereleases'"] : [])].join(' and ');
}
