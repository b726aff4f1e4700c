import type { PlanRecorder } from '../plan/recorder.ts';
import type { PlanTrailer } from '../plan/plan-file.ts';
import { trippedLimits } from '../plan/safety.ts';
import type { Approvals, TrippedLimit } from '../plan/safety.ts';
import { plural } from '../reporters/format.ts';
import type { OpenSession } from './session.ts';

/** What people should know of a plan beyond its lines: limits it exceeds, what gets lost, what to do next. On stderr. */
export function reportNotes(
  session: OpenSession,
  recorder: PlanRecorder,
  trailer: Omit<PlanTrailer, 'type' | 'digest'>,
  out: string | undefined,
): void {
  const { console, flags } = session;
  for (const { message } of limitsTripped(session, trailer, recorder.tally.uploadBytes, {})) console.note(`limit: ${message}`);
  if (flags.quiet === true) return;
  for (const { live } of session.destinations) {
    const lost = recorder.lost(live.name, live.traits.carries);
    for (const { fact, files } of lost) console.note(`note: ${live.address} cannot carry ${fact} (${plural(files, 'file')} of this plan)`);
  }
  const density = recorder.filesPerRelease();
  if (density !== undefined && density > 3 && session.manifest.packages.some(({ rule }) => rule.targets === undefined)) {
    console.note(`note: without targets every wheel is selected: ${density.toFixed(1)} files per release on average`);
  }
  if (!trailer.complete) console.note('note: the plan is not complete: what could not be listed is not in it');
  if (out !== undefined) console.note(`Saved to ${out}: 'pkgsync show ${out}' renders it, 'pkgsync apply ${out}' runs it.`);
}

/** Limits that the counts of a plan exceed. */
export function limitsTripped(
  session: Pick<OpenSession, 'destinations'>,
  trailer: Pick<PlanTrailer, 'counts'>,
  bytes: ReadonlyMap<string, number>,
  approvals: Approvals,
): readonly TrippedLimit[] {
  const volumes = session.destinations.flatMap(({ config }) => {
    const counts = trailer.counts[config.name];
    return counts === undefined ? [] : [{ destination: config.name, counts, bytes: bytes.get(config.name) ?? 0, limits: config.limits }];
  });
  return trippedLimits(volumes, approvals);
}
