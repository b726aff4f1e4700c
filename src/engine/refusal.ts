import type { ErrorCode } from '../errors.ts';
import type { ReadableEnds } from './request.ts';
import type { Approvals } from '../plan/safety.ts';
import { limitsTripped } from './summary.ts';
import type { PlanSummary } from './summary.ts';

/** Why a plan is not carried out. */
export interface Refusal {
  readonly code: Extract<ErrorCode, 'MANIFEST_INVALID' | 'PLAN_STALE' | 'POLICY_VIOLATED' | 'LIMIT_EXCEEDED' | 'DECLINED'>;
  /** One sentence without a final stop. */
  readonly message: string;
}

export interface Conditions {
  /** The first 12 to 64 digits of the id that the plan must have. */
  readonly expect?: string | undefined;
  readonly approvals?: Approvals | undefined;
}

/**
 * Everything that a plan itself says against carrying it out, the gravest first: it asks for what the source does not have, it is not the one that
 * was expected, the policy vetoes, it exceeds a limit.
 */
export function refusalsOf(
  ends: Pick<ReadableEnds, 'destinations'>,
  summary: PlanSummary,
  { expect, approvals = {} }: Conditions,
): readonly Refusal[] {
  const { problems, planId } = summary;
  const refusals: Refusal[] = [];
  if (problems.has('source-missing') || problems.has('nothing-selected'))
    refusals.push({ code: 'MANIFEST_INVALID', message: 'the manifest asks for what the source does not have: see the blocked lines' });
  if (expect !== undefined && !planId.startsWith(expect.toLowerCase()))
    refusals.push({ code: 'PLAN_STALE', message: `the plan is ${planId.slice(0, 12)}, expected was ${expect}` });
  if (problems.has('policy')) refusals.push({ code: 'POLICY_VIOLATED', message: 'the policy vetoes files: see the blocked lines' });
  for (const { message } of limitsTripped(ends, summary, approvals)) refusals.push({ code: 'LIMIT_EXCEEDED', message });
  return refusals;
}
