import type { PkgsyncError } from '../../errors.ts';
import { isPkgsyncError, printable } from '../../errors.ts';
import { createLimiter } from '../../io/concurrency.ts';
import type { Distribution } from '../../library/distribution.ts';
import type { WriteResult } from '../../library/put-file.ts';
import type { Repository } from '../../library/repository.ts';
import { formatBytes, plural } from '../../reporters/format.ts';
import { exitCodeOf, exitCodes, firstAfterWriting, type ExitCode } from '../exit-codes.ts';
import { expandFiles } from '../expand-files.ts';
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
  const repository = openRepository(target.url, target.credential, session, flags);
  try {
    const { address, kind } = await repository.destination({ signal });
    const bytes = dists.reduce((sum, { size }) => sum + size, 0);
    if (session.flags.quiet !== true)
      console.note(`Uploading ${plural(dists.length, 'file')}, ${formatBytes(bytes)}, to ${address} (${kind})`);
    console.progress.onEvent({ type: 'apply-started', actions: dists.length, files: dists.length, bytes });
    const run = new UploadRun(repository, session, flags.skipExisting);
    const outcomes = await run.all(dists, kind === 'PyPI');
    console.progress.clear();
    await summarise(outcomes, session);
    return exitCodeFor(outcomes, session);
  } finally {
    await repository.close();
  }
}

/** How one file ended; neither result nor error: it was not tried. */
interface Outcome {
  readonly dist: Distribution;
  readonly result?: WriteResult;
  readonly error?: PkgsyncError;
}

class UploadRun {
  readonly #repository: Repository;
  readonly #session: Session;
  readonly #skipExisting: boolean;
  /** Wrong credentials stay wrong, and some servers lock an account after a few tries. */
  #stopped = false;

  constructor(repository: Repository, session: Session, skipExisting: boolean) {
    this.#repository = repository;
    this.#session = session;
    this.#skipExisting = skipExisting;
  }

  /** @param firstAlone the first file of each project goes before the others: it creates the project */
  async all(dists: readonly Distribution[], firstAlone: boolean): Promise<readonly Outcome[]> {
    const slots = createLimiter(parseConcurrency(this.#session.flags.concurrency));
    const firsts = new Map<string, Promise<Outcome>>();
    return await Promise.all(
      dists.map((dist) => {
        const first = firsts.get(dist.name);
        const start = (): Promise<Outcome> =>
          slots(async () => {
            const outcome = await this.#one(dist);
            await tell(outcome, this.#session);
            return outcome;
          });
        const outcome = firstAlone && first !== undefined ? first.then(start) : start();
        if (first === undefined) firsts.set(dist.name, outcome);
        return outcome;
      }),
    );
  }

  async #one(dist: Distribution): Promise<Outcome> {
    const { console, signal } = this.#session;
    if (this.#stopped || signal.aborted) return { dist };
    const about = { destination: 'default', name: dist.name, kind: 'upload', filename: dist.filename };
    console.progress.onEvent({ type: 'action-started', ...about, size: dist.size });
    const onBytes = (count: number): void => console.progress.onEvent({ type: 'bytes', count });
    try {
      const result = await this.#repository.upload(dist, { skipExisting: this.#skipExisting, signal, onBytes });
      // Counted without a line of its own: the result is the line.
      console.progress.onEvent({ type: 'action-finished', ...about, outcome: 'skipped' });
      return { dist, result };
    } catch (error) {
      if (!isPkgsyncError(error)) throw error;
      const { code, message, hint } = error;
      if (code === 'UNAUTHORIZED') this.#stopped = true;
      if (code !== 'INTERRUPTED') {
        console.progress.onEvent({ type: 'action-finished', ...about, outcome: 'failed', message, errorCode: code });
        const shown = code === 'UNAUTHORIZED' ? credentialHint : hint;
        if (shown !== undefined) console.note(`  ${console.noteStyle.quiet(printable(shown, 1000))}`);
      }
      return { dist, error };
    }
  }
}

const credentialHint =
  'check the user (-u, TWINE_USERNAME, .pypirc; __token__ for an API token) and its password (TWINE_PASSWORD, .pypirc)';

async function tell(outcome: Outcome, { console, flags }: Session): Promise<void> {
  const { dist, result, error } = outcome;
  const { filename, name, version, size, hashes } = dist;
  if (flags.json !== true) {
    await console.out(`${wordFor(outcome).padEnd(14)} ${printable(filename, 300)}\n`);
    return;
  }
  const failure =
    error === undefined ? { outcome: 'skipped' } : { outcome: 'failed', code: error.code, message: error.message, hint: error.hint };
  await console.out(`${JSON.stringify({ type: 'upload', name, version, filename, size, hashes, ...(result ?? failure) })}\n`);
}

async function summarise(outcomes: readonly Outcome[], { console, flags }: Session): Promise<void> {
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

function wordFor({ result, error }: Outcome): 'uploaded' | 'already there' | 'failed' | 'not tried' {
  if (result !== undefined) return result.outcome === 'not-needed' ? 'already there' : 'uploaded';
  return error === undefined || error.code === 'INTERRUPTED' ? 'not tried' : 'failed';
}

function exitCodeFor(outcomes: readonly Outcome[], { interruptedBy }: Session): ExitCode {
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
