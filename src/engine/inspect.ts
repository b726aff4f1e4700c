import type { DestinationProject } from '../destinations/destination.ts';
import type { PkgsyncError } from '../errors.ts';
import { inspectProject } from '../inspect/inspect.ts';
import { orderedMap } from '../io/concurrency.ts';
import { parseName } from '../packaging/name.ts';
import type { PackageName } from '../packaging/name.ts';
import { sortedNames } from '../sync/names.ts';
import { interruption } from '../io/interruption.ts';
import { defaultConcurrency } from './request.ts';
import type { ReadableEnds } from './request.ts';

export interface InspectRequest {
  readonly connection: Pick<ReadableEnds, 'destinations'>;
  /** Projects to look at; every project that a destination lists unless given. */
  readonly names?: Iterable<string> | undefined;
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What one destination holds of one project, or why that could not be told: a failure is never "nothing". */
export interface InspectedProject {
  readonly destination: string;
  readonly name: PackageName;
  readonly listing?: DestinationProject | undefined;
  readonly failed?: PkgsyncError | undefined;
}

/**
 * What the destinations hold, one after the other, each in name order. Only names are held in memory.
 * @throws PkgsyncError NAME_INVALID for one of `names`; what reading the names of a destination throws; INTERRUPTED
 */
export async function* inspect(request: InspectRequest): AsyncGenerator<InspectedProject> {
  const { connection, concurrency = defaultConcurrency } = request;
  const wanted = request.names === undefined ? undefined : sortedNames(new Set([...request.names].map(parseName)));
  const { signal, end } = interruption(request.signal);
  try {
    for (const { live } of connection.destinations) {
      const names = wanted ?? (await allNames(live, signal));
      yield* orderedMap(names, { concurrency, signal }, async (name): Promise<InspectedProject> => {
        return { destination: live.name, name, ...(await inspectProject(live, name, signal, { inherited: true })) };
      });
    }
  } finally {
    end();
  }
}

async function allNames(live: ReadableEnds['destinations'][number]['live'], signal?: AbortSignal): Promise<readonly PackageName[]> {
  const names = new Set<PackageName>();
  for await (const name of live.projects(signal)) names.add(name);
  return sortedNames(names);
}
