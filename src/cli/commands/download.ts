import { relative } from 'node:path';
import { isPkgsyncError, PkgsyncError, printable } from '../../errors.ts';
import { createLimiter } from '../../io/concurrency.ts';
import type { DownloadedFile } from '../../library/download.ts';
import type { RemoteDistribution } from '../../library/remote-distribution.ts';
import { formatBytes, plural } from '../../reporters/format.ts';
import { exitCodeOf, exitCodes, firstAfterWriting, type ExitCode } from '../exit-codes.ts';
import { hintInWordsOf } from '../one-shot-words.ts';
import { missingSentences, openSource } from '../open-repository.ts';
import { parseConcurrency } from '../options.ts';
import type { Session } from '../session.ts';
import { listOptions, type SourceFlags } from '../source-options.ts';

export interface DownloadFlags extends SourceFlags {
  readonly specs: readonly string[];
  readonly to: string;
}

/** `pkgsync download`: files of an index into a folder, verified. */
export async function downloadCommand(session: Session, flags: DownloadFlags): Promise<ExitCode> {
  const { console, signal } = session;
  const repository = await openSource(flags, session);
  try {
    const files: RemoteDistribution[] = [];
    for await (const dist of repository.distributions(flags.specs, listOptions(flags, signal))) files.push(dist);
    const missing = await missingSentences(repository, flags.specs, new Set(files.map(({ name }) => name)), signal);
    if (missing.length > 0) {
      const [first = '', ...others] = missing;
      throw new PkgsyncError('USAGE', first, { problems: others, hint: 'nothing was downloaded' });
    }
    const bytes = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
    console.progress.onEvent({ type: 'apply-started', actions: files.length, files: files.length, bytes });
    const slots = createLimiter(parseConcurrency(session.flags.concurrency));
    // A full disk is full for the rest, too.
    let full: PkgsyncError | undefined;
    const attempt = async (dist: RemoteDistribution): Promise<Outcome> => {
      const outcome = await (full === undefined ? downloadOne(dist, flags.to, session) : heldBack(dist, full, session));
      if (outcome.error?.code === 'DISK_FULL') full = outcome.error;
      return outcome;
    };
    const outcomes = await Promise.all(files.map((dist) => slots(() => attempt(dist))));
    console.progress.clear();
    await summarise(outcomes, session);
    return exitCodeFor(outcomes, session);
  } finally {
    await repository.close();
  }
}

type Outcome = { readonly dist: RemoteDistribution; readonly isHeldBack?: boolean } & (
  { readonly file: DownloadedFile; readonly error?: undefined } | { readonly error: PkgsyncError; readonly file?: undefined }
);

async function downloadOne(dist: RemoteDistribution, to: string, session: Session): Promise<Outcome> {
  const { console, signal, flags } = session;
  const about = { destination: 'default', name: dist.name, kind: 'download', filename: dist.filename };
  const report = (line: object): Promise<void> => reportLine(dist, line, session);
  try {
    signal.throwIfAborted();
    console.progress.onEvent({ type: 'action-started', ...about, size: dist.size });
    const onBytes = (count: number): void => console.progress.onEvent({ type: 'bytes', count });
    const file = await dist.downloadFile({ to, signal, onBytes });
    const { outcome, path, size, hashes, verified } = file;
    // Counted without a line of its own: the path is the line.
    console.progress.onEvent({ type: 'action-finished', ...about, outcome: 'skipped' });
    await report({ outcome, path, size, hashes, verified });
    if (flags.json !== true) await console.out(`${printable(relative(process.cwd(), path), 1000)}\n`);
    return { dist, file };
  } catch (error) {
    if (!isPkgsyncError(error)) throw error;
    const { code, message, retryable } = error;
    const hint = hintInWordsOf('download', error.hint);
    if (code !== 'INTERRUPTED') {
      console.progress.onEvent({ type: 'action-finished', ...about, outcome: 'failed', message, errorCode: code });
      if (hint !== undefined) console.note(`  ${console.noteStyle.quiet(printable(hint, 1000))}`);
    }
    await report({ outcome: 'failed', code, message, hint, retryable });
    return { dist, error };
  }
}

/** A file that is not begun after another has found the disk full. */
async function heldBack(dist: RemoteDistribution, error: PkgsyncError, session: Session): Promise<Outcome> {
  const { code, hint, retryable } = error;
  await reportLine(dist, { outcome: 'failed', code, message: 'not begun: the disk is full', hint, retryable }, session);
  return { dist, error, isHeldBack: true };
}

async function reportLine({ name, filename }: RemoteDistribution, line: object, { console, flags }: Session): Promise<void> {
  if (flags.json === true) await console.out(`${JSON.stringify({ type: 'download', name, filename, ...line })}\n`);
}

async function summarise(outcomes: readonly Outcome[], { console, flags }: Session): Promise<void> {
  const done = outcomes.flatMap(({ file }) => (file === undefined ? [] : [file]));
  const present = done.filter(({ outcome }) => outcome === 'present').length;
  const unfinished = outcomes.filter(({ error, isHeldBack }) => error?.code === 'INTERRUPTED' || isHeldBack === true).length;
  const failed = outcomes.length - done.length - unfinished;
  const bytes = done.reduce((sum, { size }) => sum + size, 0);
  if (flags.json === true) {
    const counts = { downloaded: done.length - present, present, failed, unfinished, bytes };
    await console.out(`${JSON.stringify({ type: 'download-summary', eventsVersion: 1, ...counts })}\n`);
    return;
  }
  if (flags.quiet === true) return;
  const parts = [
    `${done.length - present} downloaded`,
    ...(present > 0 ? [`${present} already there`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unfinished > 0 ? [`${unfinished} not finished`] : []),
  ];
  console.note(`${plural(outcomes.length, 'file')}, ${formatBytes(bytes)}: ${parts.join(', ')}.`);
  if (failed + unfinished > 0) console.note('Nothing half-written is visible. Run the same command again: it goes on where it stopped.');
}

function exitCodeFor(outcomes: readonly Outcome[], { interruptedBy }: Session): ExitCode {
  const codes: ExitCode[] = outcomes.flatMap(({ error }) => (error === undefined ? [] : [exitCodeOf(error.code)]));
  const by = interruptedBy();
  if (by !== undefined) return by === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
  if (codes.length > 0 && codes.length < outcomes.length) codes.push(exitCodes.partial);
  return firstAfterWriting(codes);
}
