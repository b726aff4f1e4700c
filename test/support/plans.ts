import { createHasher } from '../../src/io/hasher.ts';
import { lineProblem } from '../../src/io/json-schema.ts';
import { decodeHeader, decodePlan } from '../../src/plan/decode-plan.ts';
import { encodePlan, planVersion } from '../../src/plan/plan-file.ts';
import type { PlanHeader, PlanTrailer, SavedProject } from '../../src/plan/plan-file.ts';
import type { PlannedDestination } from '../../src/plan/plan-id.ts';
import type { ProjectPlan } from '../../src/plan/plan.ts';
import { PlanRecorder } from '../../src/plan/recorder.ts';
import { asOf, nameOf } from './builders.ts';

export const directory: PlannedDestination = { name: 'default', type: 'directory', address: './mirror' };

export function header(overrides: Partial<PlanHeader> = {}): PlanHeader {
  return {
    type: 'header',
    planVersion,
    created: new Date(asOf).toISOString(),
    expires: new Date(asOf + 7 * 86_400_000).toISOString(),
    destinations: [directory],
    options: { locked: false, upgrade: false, packages: [], destinations: [] },
    rules: '0'.repeat(64),
    ...overrides,
  };
}

/** The plan of one project in which nothing is to be done. */
export function projectPlan(name: string, overrides: Partial<ProjectPlan> = {}): ProjectPlan {
  return {
    name: nameOf(name),
    actions: [],
    lock: [],
    before: undefined,
    locked: undefined,
    ruleChanged: false,
    warnings: [],
    complete: true,
    problems: [],
    ...overrides,
  };
}

/** Lines of the plan as they stand in its file, without line ends. */
export async function planLines(projects: readonly ProjectPlan[], head: PlanHeader = header()): Promise<readonly string[]> {
  const recorder = new PlanRecorder(createHasher, head.destinations);
  for (const project of projects) recorder.add(project);
  let text = '';
  for await (const line of encodePlan(head, projects, () => recorder.trailer(), createHasher)) text += line;
  return text.split('\n').slice(0, -1);
}

export interface DecodedPlan {
  readonly header: PlanHeader;
  readonly projects: readonly SavedProject[];
  readonly trailer: PlanTrailer;
}

/** Reads a plan as the commands do. */
export async function decoded(lines: readonly string[], now: number = asOf): Promise<DecodedPlan> {
  const [first = ''] = lines;
  const head = decodeHeader(first, 'plan.jsonl', lineProblem, now);
  const reader = decodePlan(each(lines), 'plan.jsonl', lineProblem, createHasher);
  const projects: SavedProject[] = [];
  for (;;) {
    const step = await reader.next();
    if (step.done === true) return { header: head, projects, trailer: step.value };
    projects.push(step.value);
  }
}

/** An async iterable over an array. */
export async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

/** The id of a plan. */
export function planId(projects: readonly ProjectPlan[], destinations: readonly PlannedDestination[] = [directory]): string {
  const recorder = new PlanRecorder(createHasher, destinations);
  for (const project of projects) recorder.add(project);
  return recorder.trailer().planId;
}
