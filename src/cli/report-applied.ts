import type { Applied } from '../engine/apply.ts';
import { applyJson } from '../reporters/apply-json.ts';
import { applyLines } from '../reporters/apply-text.ts';
import { errorJson } from './error-json.ts';
import { applyCodes, exitCodeOf, exitCodes, firstAfterWriting, firstBeforeWriting, problemCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Session } from './session.ts';

/** Says what an apply came to. @returns its exit code */
export async function reportApplied({ console, flags, interruptedBy }: Session, applied: Applied): Promise<ExitCode> {
  console.progress.clear();
  const { refused, result, summary, lockWritten } = applied;
  if (flags.json === true)
    for (const { code, message } of refused) await console.out(errorJson({ code, message: `${message}. Nothing was written.` }));
  // Whoever declined has been answered already.
  for (const { code, message } of refused) if (code !== 'DECLINED') console.note(`error: ${message}. Nothing was written.`);
  const refusal = firstBeforeWriting(refused.map(({ code }) => exitCodeOf(code)));
  if (refusal !== undefined) return refusal;
  const mismatch = summary.counts.mismatch > 0 ? [exitCodes.integrity] : [];
  const code = firstAfterWriting([...applyCodes(result, interruptedBy()), ...problemCodes(summary.problems), ...mismatch]);
  if (flags.json === true) await console.out(`${applyJson(result)}\n`);
  else if (summary.actions === 0) await console.out(`${nothingToWrite(code, lockWritten)}\n`);
  else await console.out(`${applyLines(result, console.style).join('\n')}\n`);
  return code;
}

/** The last line where no destination was written; it must not sound like success where something is amiss. */
function nothingToWrite(code: ExitCode, lockWritten: boolean): string {
  const lock = lockWritten ? 'The lock was written. ' : '';
  if (code !== exitCodes.ok)
    return `${lock}Nothing was written to a destination, and not everything is as approved: see the lines marked ! above.`;
  return lockWritten ? 'The lock was written; no destination needs a change.' : 'Nothing to do.';
}
