import { inspectProject } from '../inspect/inspect.ts';
import { orderedMap } from '../io/concurrency.ts';
import { writingKinds } from '../plan/counts.ts';
import { filenameOf } from '../plan/diff.ts';
import type { SavedProject } from '../plan/plan-file.ts';
import type { ConnectedDestination } from '../sync/context.ts';
import { precondition } from './precondition.ts';

/** How many are looked for before it is clear that the plan no longer fits. */
const enough = 20;

/**
 * Actions of a saved plan whose precondition no longer holds, one sentence each: somebody else changed the destination since the plan was made. What
 * is already as wanted is none, so running a plan again continues it.
 * @throws PkgsyncError what listing throws
 */
export async function overtaken(
  projects: AsyncIterable<SavedProject>,
  destinations: readonly ConnectedDestination[],
  concurrency: number,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const found: string[] = [];
  const checks = orderedMap(projects, { concurrency, signal }, async (project) => {
    const sentences: string[] = [];
    for (const { config, live } of destinations) {
      const actions = project.actions.filter(({ destination, kind }) => destination === config.name && writingKinds.has(kind));
      if (actions.length === 0) continue;
      const inspection = await inspectProject(live, project.name, signal);
      if (inspection.failed !== undefined) throw inspection.failed;
      for (const action of actions) {
        const verdict = precondition(action, inspection.listing);
        if (verdict.state === 'changed') sentences.push(`${filenameOf(action)}: ${verdict.detail}`);
      }
    }
    return sentences;
  });
  for await (const sentences of checks) {
    found.push(...sentences);
    if (found.length >= enough) break;
  }
  return found;
}
