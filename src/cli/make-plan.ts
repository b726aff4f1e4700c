import { createHasher } from '../io/hasher.ts';
import { encodePlan, planLifetimeDays, planVersion } from '../plan/plan-file.ts';
import type { PlanHeader, PlanTrailer } from '../plan/plan-file.ts';
import type { ProjectPlan } from '../plan/plan.ts';
import { PlanRecorder } from '../plan/recorder.ts';
import { planProjects } from '../sync/plan-all.ts';
import type { LockReader, PlanOptions } from '../sync/context.ts';
import { plannedDestinations, rulesDigest } from './session.ts';
import type { OpenSession } from './session.ts';

export interface MadePlan {
  readonly recorder: PlanRecorder;
  readonly trailer: Omit<PlanTrailer, 'type' | 'digest'>;
}

/**
 * Plans, feeding every line of the plan file and every project to whoever wants them.
 * @param sink consumes all lines: writes the file, prints them, or only drains them
 */
export async function makePlan(
  session: OpenSession,
  lock: LockReader | undefined,
  options: PlanOptions,
  sink: (lines: AsyncIterable<string>) => Promise<void>,
  onProject: (plan: ProjectPlan) => Promise<void>,
  destinations = session.destinations,
): Promise<MadePlan> {
  const planned = plannedDestinations({ destinations });
  const recorder = new PlanRecorder(createHasher, planned);
  const created = new Date();
  const header: PlanHeader = {
    type: 'header',
    planVersion,
    created: created.toISOString(),
    expires: new Date(created.getTime() + planLifetimeDays * 86_400_000).toISOString(),
    destinations: planned,
    options: {
      locked: options.locked,
      upgrade: options.upgrade,
      packages: options.packages,
      destinations: session.flags.destination ?? [],
    },
    rules: rulesDigest(session.manifest),
  };
  const { manifest, connection } = session;
  const plans = planProjects({ manifest, sources: connection.sources, destinations, lock }, options);
  const recorded = async function* (): AsyncGenerator<ProjectPlan> {
    for await (const plan of plans) {
      recorder.add(plan);
      if (plan.untouched !== true) await onProject(plan);
      yield plan;
    }
  };
  await sink(encodePlan(header, recorded(), () => recorder.trailer(), createHasher));
  return { recorder, trailer: recorder.trailer() };
}

/** A sink that keeps nothing. */
export async function drain(lines: AsyncIterable<string>): Promise<void> {
  const reader = lines[Symbol.asyncIterator]();
  while ((await reader.next()).done !== true);
}

/** The lines, each also printed on stdout: with --json the plan is what the command says. */
export async function* printing(lines: AsyncIterable<string>, { console }: Pick<OpenSession, 'console'>): AsyncGenerator<string> {
  for await (const line of lines) {
    await console.out(line);
    yield line;
  }
}
