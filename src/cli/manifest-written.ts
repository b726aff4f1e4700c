import type { Manifest } from '../manifest/manifest.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Session } from './session.ts';

/** Says that a manifest was written, and what to do next. */
export async function manifestWritten(
  { console, flags }: Pick<Session, 'console' | 'flags'>,
  path: string,
  { packages, all }: Pick<Manifest, 'packages' | 'all'>,
): Promise<ExitCode> {
  const next = `pkgsync plan${path === 'pkgsync.json' ? '' : ` --manifest ${path}`}`;
  const line = { type: 'manifest-written', eventsVersion: 1, manifest: path, packages: packages.length, all, next };
  await console.out(flags.json === true ? `${JSON.stringify(line)}\n` : `Wrote ${path}. Next: '${next}' shows what it would do.\n`);
  return exitCodes.ok;
}
