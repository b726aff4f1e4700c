import type { PkgsyncError } from '../../errors.ts';
import { printable } from '../../errors.ts';
import { generalHint } from '../../http/refused.ts';
import type { Distribution } from '../../library/distribution.ts';
import type { FileOutcome } from '../../library/put-files.ts';
import { formatBytes, plural } from '../../reporters/format.ts';
import { exitCodeOf, exitCodes, firstAfterWriting, type ExitCode } from '../exit-codes.ts';
import { expandFiles } from '../expand-files.ts';
import { hintInWordsOf } from '../one-shot-words.ts';
import { openRepository, type RepositoryFlags } from '../open-repository.ts';
import { parseConcurrency } from '../options.ts';
import { readDistributions } from '../read-distributions.ts';
import type { Session } from '../session.ts';
import { uploadTarget, type UploadTargetFlags } from '../upload-target.ts';

export interface UploadFlags extends UploadTargetFlags, RepositoryFlags {
  readonly files: readonly string[];
  readonly skipExisting: boolean;
}

/** `pkgsync upload`: distribution files to an index. */
export async function uploadCommand(session: Session, flags: UploadFlags): Promise<ExitCode> {
  const { console, signal } = session;
  const dists = await readDistributions(await expandFiles(flags.files), session);
  const target = await uploadTarget(flags, session);
  const repository = await openRepository(target.url, target, session, flags);
  try {
    const { address, kind } = await repository.destination({ signal });
    const bytes = dists.reduce((sum, { size }) => sum + size, 0);
    if (session.flags.quiet !== true)
      console.note(`Uploading ${plural(dists.length, 'file')}, ${formatBytes(bytes)}, to ${address} (${kind})`);
    console.progress.onEvent({ type: 'apply-started', actions: dists.length, files: dists.length, bytes });
    const outcomes: FileOutcome[] = [];
    const hints = new Set<string>();
    const onOutcome = async (outcome: FileOutcome): Promise<void> => {
      outcomes.push(outcome);
      report(outcome, session, hints);
      await tell(outcome, session);
    };
    await repository.uploadAll(dists, {
      skipExisting: flags.skipExisting,
      concurrency: parseConcurrency(session.flags.concurrency),
      signal,
      onStart: (dist) => console.progress.onEvent({ type: 'action-started', ...about(dist), size: dist.size }),
      onBytes: (count) => console.progress.onEvent({ type: 'bytes', count }),
      onOutcome,
    });
    console.progress.clear();
    await summarise(outcomes, session);
    return exitCodeFor(outcomes, session);
  } finally {
    await repository.close();
  }
}

function about({ name, filename }: Distribution) {
  return { destination: 'default', name, kind: 'upload', filename };
}

/** The progress display's part of an outcome, and what to do about a failure. */
function report({ dist, result, error }: FileOutcome, { console }: Session, hints: Set<string>): void {
  // Counted without a line of its own: the result is the line.
  if (result !== undefined) console.progress.onEvent({ type: 'action-finished', ...about(dist), outcome: 'skipped' });
  if (error === undefined || error.code === 'INTERRUPTED') return;
  const { code, message } = error;
  const hint = hintInWordsOf('upload', error.hint);
  console.progress.onEvent({ type: 'action-finished', ...about(dist), outcome: 'failed', message, errorCode: code });
  const shown = hint === generalHint ? credentialHint : hint;
  // Fifty files that fail alike need one advice.
  if (shown === undefined || hints.has(shown)) return;
  hints.add(shown);
  console.note(`  ${console.noteStyle.quiet(printable(shown, 1000))}`);
}

const credentialHint =
  'check the user (-u, TWINE_USERNAME, .pypirc; __token__ for an API token) and its password (TWINE_PASSWORD, .pypirc)';

async function tell(outcome: FileOutcome, { console, flags }: Session): Promise<void> {
  const { dist, result, error } = outcome;
  const { filename, name, version, size, hashes } = dist;
  if (flags.json !== true) {
    await console.out(`${wordFor(outcome).padEnd(14)} ${printable(filename, 300)}\n`);
    return;
  }
  const failure =
    error === undefined
      ? { outcome: 'skipped' }
      : {
          outcome: 'failed',
          code: error.code,
          message: error.message,
          hint: hintInWordsOf('upload', error.hint),
          retryable: error.retryable,
        };
  await console.out(`${JSON.stringify({ type: 'upload', name, version, filename, size, hashes, ...(result ?? failure) })}\n`);
}

async function summarise(outcomes: readonly FileOutcome[], { console, flags }: Session): Promise<void> {
  const counts = { uploaded: 0, 'already there': 0, failed: 0, 'not tried': 0 };
  for (const outcome of outcomes) counts[wordFor(outcome)] += 1;
  if (flags.json === true) {
    const { uploaded, failed } = counts;
    const summary = { uploaded, present: counts['already there'], failed, skipped: counts['not tried'] };
    await console.out(`${JSON.stringify({ type: 'upload-summary', eventsVersion: 1, ...summary })}\n`);
  } else if (flags.quiet !== true) {
    const parts = Object.entries(counts).filter(([word, count]) => count > 0 || word === 'uploaded');
    console.note(`${plural(outcomes.length, 'file')}: ${parts.map(([word, count]) => `${count} ${word}`).join(', ')}.`);
  }
}

function wordFor({ result, error }: FileOutcome): 'uploaded' | 'already there' | 'failed' | 'not tried' {
  if (result !== undefined) return result.outcome === 'not-needed' ? 'already there' : 'uploaded';
  return error === undefined || error.code === 'INTERRUPTED' ? 'not tried' : 'failed';
}

function exitCodeFor(outcomes: readonly FileOutcome[], { interruptedBy }: Session): ExitCode {
  const by = interruptedBy();
  if (by !== undefined) return by === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
  const codes = outcomes.flatMap(({ error }) => (error === undefined ? [] : [codeOf(error)]));
  const arrived = outcomes.some(({ result }) => result !== undefined);
  if (codes.length > 0 && arrived) codes.push(exitCodes.partial);
  return firstAfterWriting(codes);
}

/** Other bytes under a name that is taken are a question of integrity, as for every other command. */
function codeOf({ code }: PkgsyncError): ExitCode {
  return code === 'CONFLICT' ? exitCodes.integrity : exitCodeOf(code);
}
