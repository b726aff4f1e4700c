import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { apply } from '../../src/engine/apply.ts';
import type { Applied, ApplyOptions } from '../../src/engine/apply.ts';
import { plan } from '../../src/engine/plan.ts';
import type { MadePlan, PlanRequest } from '../../src/engine/plan.ts';
import type { Ends } from '../../src/engine/request.ts';
import type { DestinationConfig, Manifest } from '../../src/manifest/manifest.ts';
import { directoryConfig, manifest as manifestOf } from './builders.ts';
import { fakeDestination } from './fake-destination.ts';
import type { FakeDestination } from './fake-destination.ts';
import { fakeSource } from './fake-source.ts';
import type { FakeSource } from './fake-source.ts';

/** What an engine run works with: fakes in memory, lock and temporary files in a folder of its own. */
export interface EngineRun {
  readonly source: FakeSource;
  readonly destination: FakeDestination;
  manifest: Manifest;
  readonly connection: Ends;
  readonly lockPath: string;
  /** Everything in the lock's folder, sorted. */
  files(): Promise<readonly string[]>;
  /** What is left of temporary files. */
  temporary(): Promise<readonly string[]>;
  plan(request?: Partial<PlanRequest>): Promise<MadePlan>;
  /** Plans unless a plan is given, approves, and carries out; a plan made here is discarded. */
  apply(options?: Partial<ApplyOptions>, made?: MadePlan): Promise<Applied>;
}

export interface EngineRunOptions {
  readonly folder: string;
  readonly source?: FakeSource;
  readonly destination?: FakeDestination;
  readonly manifest?: Partial<Manifest>;
  readonly config?: Partial<Extract<DestinationConfig, { type: 'directory' }>>;
}

/** Two packages with three files, nothing there yet, no lock. */
export async function engineRun({ folder, manifest = {}, config = {}, ...rest }: EngineRunOptions): Promise<EngineRun> {
  const source = rest.source ?? fakeSource({ alpha: ['alpha-1.0.tar.gz', 'alpha-1.1.tar.gz'], beta: ['beta-0.5.tar.gz'] });
  const destination = rest.destination ?? fakeDestination();
  const destinations = [directoryConfig(config)];
  const temporaryFolder = join(folder, 'temporary');
  const project = join(folder, 'project');
  await mkdir(temporaryFolder);
  await mkdir(project);
  const run: EngineRun = {
    source,
    destination,
    manifest: manifestOf({ alpha: {}, beta: {} }, { folder: project, destinations, ...manifest }),
    connection: {
      sources: new Map([[source.name, source]]),
      destinations: destinations.map((one) => ({ config: one, live: destination })),
    },
    lockPath: join(project, 'pkgsync.lock'),
    files: async () => (await readdir(project, { recursive: true })).sort(),
    temporary: () => readdir(temporaryFolder),
    plan: (request = {}) => plan({ manifest: run.manifest, connection: run.connection, lock: run.lockPath, temporaryFolder, ...request }),
    apply: async (options = {}, made) => {
      const lock = 'lock' in options ? options.lock : run.lockPath;
      const used = made ?? (await run.plan({ lock }));
      try {
        const { manifest: current, connection } = run;
        return await apply(used, { manifest: current, connection, approve: () => true, temporaryFolder, ...options, lock });
      } finally {
        if (made === undefined) await used.discard();
      }
    },
  };
  return run;
}
