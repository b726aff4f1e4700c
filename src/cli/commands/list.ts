import { printable } from '../../errors.ts';
import type { RemoteDistribution } from '../../library/remote-distribution.ts';
import { fileLine, fileTable } from '../../reporters/file-table.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { missingSentences, openSource } from '../open-repository.ts';
import type { Session } from '../session.ts';
import { listOptions, type SourceFlags } from '../source-options.ts';

export interface ListFlags extends SourceFlags {
  readonly specs: readonly string[];
}

/** `pkgsync list`: the files of an index that requirements select. */
export async function listCommand(session: Session, flags: ListFlags): Promise<ExitCode> {
  const { console, signal } = session;
  const repository = await openSource(flags, session);
  try {
    const found = new Map<string, RemoteDistribution[]>();
    for await (const dist of repository.distributions(flags.specs, listOptions(flags, signal))) {
      const known = found.get(dist.name);
      if (known === undefined) found.set(dist.name, [dist]);
      else known.push(dist);
    }
    const missing = await missingSentences(repository, flags.specs, new Set(found.keys()), signal);
    for (const lines of linesOf(found, session)) await console.out(lines);
    for (const sentence of missing) {
      if (session.flags.json === true) await console.out(`${JSON.stringify({ type: 'missing', eventsVersion: 1, message: sentence })}\n`);
      console.note(`${console.noteStyle.danger('error:')} ${printable(sentence, 1000)}`);
    }
    return missing.length > 0 ? exitCodes.invalid : exitCodes.ok;
  } finally {
    await repository.close();
  }
}

/** JSON lines where asked for, a table per project on a terminal, tab-separated lines elsewhere. */
function* linesOf(found: ReadonlyMap<string, readonly RemoteDistribution[]>, { flags, console }: Session): Generator<string> {
  for (const [name, files] of found) {
    if (flags.json === true) yield files.map((file) => `${JSON.stringify({ type: 'listed', ...file.toJSON() })}\n`).join('');
    else if (!process.stdout.isTTY) yield files.map((file) => `${fileLine(file)}\n`).join('');
    else {
      if (found.size > 1) yield `${console.style.strong(name)}\n`;
      yield `${fileTable(files, process.stdout.columns || 80, console.style).join('\n')}\n`;
    }
  }
}
