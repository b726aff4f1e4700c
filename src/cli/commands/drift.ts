import { PkgsyncError } from '../../errors.ts';
import { driftClasses, findingsOf, isAsApproved, newsClasses } from '../../drift/drift.ts';
import type { DriftClass, NewsClass } from '../../drift/drift.ts';
import { driftJson, driftLines, driftSummary } from '../../reporters/drift-text.ts';
import { exitCodes, firstAfterWriting } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { drain, makePlan } from '../make-plan.ts';
import { currentLock, openSession, planOptions, requireDestinations } from '../session.ts';
import type { Session } from '../session.ts';
import { printHeading } from './plan.ts';

export interface DriftFlags {
  readonly allowUnverifiable?: boolean | undefined;
  readonly failOn?: readonly string[] | undefined;
}

/** `pkgsync drift`: the lock against destination and source; can only read. */
export async function driftCommand(base: Session, flags: DriftFlags): Promise<ExitCode> {
  const failOn = newsToFailOn(flags.failOn ?? []);
  const session = await openSession(base);
  try {
    requireDestinations(session);
    const { console } = session;
    const json = session.flags.json === true;
    if (!json) await printHeading(session);
    const counts = new Map<DriftClass, number>();
    const news = new Map<NewsClass, number>();
    const credentials = { failed: false };
    let approved = 0;
    const several = session.destinations.length > 1;
    await makePlan(session, await currentLock(session), planOptions(session, { locked: true, upgrade: false }), drain, async (plan) => {
      const findings = findingsOf(plan);
      approved += plan.actions.filter(isAsApproved).length;
      for (const finding of findings) {
        counts.set(finding.class, (counts.get(finding.class) ?? 0) + 1);
        if (finding.action.kind === 'blocked' && (finding.action.errorCode === 'UNAUTHORIZED' || finding.action.errorCode === 'FORBIDDEN'))
          credentials.failed = true;
      }
      const heard = plan.warnings.flatMap((warning) => {
        const known = newsClasses.find((name) => name === warning.class);
        if (known !== undefined) news.set(known, (news.get(known) ?? 0) + 1);
        return known === undefined ? [] : [{ class: known, message: warning.message }];
      });
      const lines = json ? driftJson(plan.name, findings, heard) : driftLines(plan.name, findings, heard, console.style, several);
      for (const line of lines) await console.out(`${line}\n`);
    });
    console.progress.clear();
    await console.out(`${driftSummary(counts, news, approved, json)}\n`);
    const codes = [...counts.keys()].flatMap((found) => codeOf(found, flags.allowUnverifiable === true));
    if (credentials.failed) codes.push(exitCodes.authentication);
    if (failOn.some((name) => news.has(name))) codes.push(exitCodes.differences);
    return firstAfterWriting(codes);
  } finally {
    await session.close();
  }
}

function codeOf(found: DriftClass, allowUnverifiable: boolean): readonly ExitCode[] {
  switch (found) {
    case 'source-digest-changed':
      return [exitCodes.integrity];
    case 'unreachable':
      return [exitCodes.unreachable];
    case 'unverifiable':
      return allowUnverifiable ? [] : [exitCodes.unreachable];
    default:
      return [exitCodes.differences];
  }
}

function newsToFailOn(values: readonly string[]): readonly NewsClass[] {
  return values.map((value) => {
    const known = newsClasses.find((name) => name === value);
    if (known !== undefined) return known;
    throw new PkgsyncError('USAGE', `--fail-on ${value}: expected one of ${newsClasses.join(', ')}`, {
      hint: `differences (${driftClasses.slice(0, 3).join(', ')}, …) fail a run by themselves`,
    });
  });
}
