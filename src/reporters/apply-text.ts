import type { ApplyResult } from '../apply/result.ts';
import { printable } from '../errors.ts';
import { filenameOf } from '../plan/diff.ts';
import { formatBytes, plural } from './format.ts';
import type { Style } from './style.ts';

/** What an apply came to. The first line says where things stand; after it, what failed, why, and what to do. */
export function applyLines(result: ApplyResult, style: Style): readonly string[] {
  const { done, already, failed, skipped } = result;
  const total = done + already + failed + skipped;
  if (failed + skipped === 0) {
    const found = already === 0 ? '' : `, ${already} already as wanted`;
    return [
      `${style.good('Applied:')} ${done} of ${total} done${found}${result.bytes > 0 ? `, ${formatBytes(result.bytes)} transferred` : ''}.`,
    ];
  }
  const parts = [`${done + already} of ${total} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} not started`);
  const why = result.stopped === undefined ? '' : ` Stopped early: ${result.stopped}.`;
  const lines = [`${style.danger('Index is consistent:')} ${parts.join(', ')}, nothing half-written.${why} ${nextStep(result)}`];
  for (const { action, outcome, message, hint } of result.failures.filter(({ outcome: how }) => how !== 'skipped')) {
    const subject = filenameOf(action) || action.name || (action.detail ?? '');
    lines.push(
      `  ${style.danger('!')} ${action.kind} ${printable(subject)}${at(action.destination)}: ${printable(message ?? outcome, 1000)}`,
    );
    if (hint !== undefined) lines.push(`    ${style.quiet(printable(hint, 1000))}`);
  }
  const listed = result.failures.filter(({ outcome }) => outcome !== 'skipped').length;
  if (failed > listed) lines.push(`  … and ${plural(failed - listed, 'more failure')}`);
  const held = new Set(
    result.failures.filter(({ outcome, message }) => outcome === 'skipped' && message !== undefined).map(({ message }) => message ?? ''),
  );
  for (const message of held)
    if (message !== 'interrupted' && message !== result.stopped) lines.push(`  ${style.change('~')} not started: ${printable(message)}`);
  return lines;
}

/** An unnamed destination is the only one; what is at none has no name for it either. */
export function at(destination: string): string {
  return destination === 'default' || destination === '' ? '' : ` at ${printable(destination)}`;
}

function nextStep(result: ApplyResult): string {
  const passing = result.failures.filter(({ retryable }) => retryable === true);
  if (result.interrupted || passing.some(({ errorCode }) => errorCode !== 'INTEGRITY')) return 'Run the same command again.';
  // Wrong bytes may have been damaged on the way, or somebody else's: the next run tells, and takes neither.
  if (passing.length > 0) return 'Run the same command again; where the same bytes come again, see below.';
  return 'Nothing here will change by itself: see below.';
}
