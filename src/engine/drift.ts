import { findingsOf, isAsApproved, newsClasses } from '../drift/drift.ts';
import type { DriftClass, DriftFinding, NewsClass } from '../drift/drift.ts';
import type { OnEvent } from '../events.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { PackageName } from '../packaging/name.ts';
import type { ProjectPlan } from '../plan/plan.ts';
import type { PlanOptions } from '../sync/context.ts';
import { interruptibly } from '../io/interruption.ts';
import { drain, recordPlan } from './record-plan.ts';
import { originNotes } from './summary.ts';
import type { PlanNote } from './summary.ts';
import { planOptions } from './request.ts';
import type { LockInput, ReadableEnds } from './request.ts';

export interface DriftRequest {
  readonly manifest: Manifest;
  readonly connection: ReadableEnds;
  readonly lock: LockInput;
  readonly options?: Pick<Partial<PlanOptions>, 'packages' | 'asOf' | 'concurrency'> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
  /** Every project in name order, also those without findings. Waited for. */
  readonly onProject?: ((project: DriftedProject) => Promise<void> | void) | undefined;
}

/** News from a source, which is no drift. */
export interface News {
  readonly class: NewsClass;
  readonly message: string;
}

export interface DriftedProject {
  readonly name: PackageName;
  readonly findings: readonly DriftFinding[];
  readonly news: readonly News[];
}

/** What has moved, counted. */
export interface DriftReport {
  readonly findings: ReadonlyMap<DriftClass, number>;
  readonly news: ReadonlyMap<NewsClass, number>;
  /** Files that are there as approved. */
  readonly approved: number;
  /** What the destinations serve that is not, or may not be, their own. */
  readonly notes: readonly PlanNote[];
  /** A listing failed for want of credentials. */
  readonly credentialsFailed: boolean;
}

/**
 * Compares the lock with what destinations and sources hold now; can only read, and holds one project at a time.
 * @throws PkgsyncError LOCK_MISSING, LOCK_OUTDATED, LOCK_INVALID, INTERRUPTED; what reading the names of a destination throws
 */
export async function drift(request: DriftRequest): Promise<DriftReport> {
  const { manifest, connection: ends, lock, onEvent, onProject } = request;
  const findings = new Map<DriftClass, number>();
  const news = new Map<NewsClass, number>();
  let approved = 0;
  let credentialsFailed = false;
  const look = async (plan: ProjectPlan) => {
    const project: DriftedProject = { name: plan.name, findings: findingsOf(plan), news: newsOf(plan) };
    approved += plan.actions.filter(isAsApproved).length;
    for (const found of project.findings) {
      findings.set(found.class, (findings.get(found.class) ?? 0) + 1);
      if (found.action.kind === 'blocked' && (found.action.errorCode === 'UNAUTHORIZED' || found.action.errorCode === 'FORBIDDEN'))
        credentialsFailed = true;
    }
    for (const one of project.news) news.set(one.class, (news.get(one.class) ?? 0) + 1);
    await onProject?.(project);
  };
  const notes = await interruptibly(request.signal, async (signal) => {
    const options = planOptions({ ...request.options, locked: true, upgrade: false, signal, onEvent });
    const { recorder } = await recordPlan({ manifest, ends, lock, options, onProject: look }, drain);
    return originNotes(ends, recorder);
  });
  return { findings, news, approved, notes, credentialsFailed };
}

function newsOf({ warnings }: ProjectPlan): readonly News[] {
  return warnings.flatMap((warning) => {
    const known = newsClasses.find((name) => name === warning.class);
    return known === undefined ? [] : [{ class: known, message: warning.message }];
  });
}
