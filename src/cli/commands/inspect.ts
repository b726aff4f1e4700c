import type { PkgsyncError } from '../../errors.ts';
import { isPkgsyncError, printable } from '../../errors.ts';
import { Distribution } from '../../library/distribution.ts';
import { isDistribution, parseDistributionFilename } from '../../packaging/filename.ts';
import { inspectLines, type InspectedFile } from '../../reporters/inspect-text.ts';
import { errorJson } from '../error-json.ts';
import { exitCodeOf, exitCodes, firstAfterWriting, type ExitCode } from '../exit-codes.ts';
import { expandFiles } from '../expand-files.ts';
import type { Session } from '../session.ts';

export interface InspectFlags {
  readonly files: readonly string[];
}

/** `pkgsync inspect`: all that a distribution file says about itself. */
export async function inspectCommand({ flags, console, signal }: Session, { files }: InspectFlags): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  let shown = 0;
  for (const path of await expandFiles(files)) {
    signal.throwIfAborted();
    try {
      const file = inspected(await Distribution.open(path));
      const text = flags.json === true ? JSON.stringify({ type: 'distribution', ...file }) : inspectLines(file, console.style).join('\n');
      await console.out(`${shown > 0 && flags.json !== true ? '\n' : ''}${text}\n`);
      shown += 1;
    } catch (error) {
      if (!isPkgsyncError(error)) throw error;
      codes.push(await report(error, path, { flags, console }));
    }
  }
  return firstAfterWriting(codes);
}

async function report(error: PkgsyncError, path: string, { flags, console }: Pick<Session, 'flags' | 'console'>): Promise<ExitCode> {
  const { code, message, hint, problems, retryable } = error;
  if (flags.json === true) await console.out(errorJson({ path, code, message, hint, problems, retryable }));
  console.note(`${console.noteStyle.danger('error:')} ${printable(message, 2000)}`);
  if (hint !== undefined) console.note(`  ${console.noteStyle.quiet(printable(hint, 1000))}`);
  return code === 'NOT_FOUND' ? exitCodes.invalid : exitCodeOf(code);
}

function inspected(dist: Distribution): InspectedFile {
  const { filename, path, name, version, packageType, pyversion, size, hashes, metadata } = dist;
  const parsed = parseDistributionFilename(filename, name);
  const { tags, build } = isDistribution(parsed) ? parsed : {};
  return { filename, path, name, version, packageType, pyversion, size, hashes, tags, build, metadata };
}
