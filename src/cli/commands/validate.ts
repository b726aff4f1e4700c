import { loadManifest } from '../../manifest/load.ts';
import { plural } from '../../reporters/format.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** `pkgsync validate`: checks the manifest, all problems at once. */
export async function validateCommand({ flags, console }: Session): Promise<ExitCode> {
  const manifest = await loadManifest(flags.manifest);
  const { packages, sources, destinations, all } = manifest;
  if (flags.json === true) {
    const counts = { packages: packages.length, all, sources: sources.length, destinations: destinations.length };
    await console.out(`${JSON.stringify({ type: 'validated', eventsVersion: 1, manifest: flags.manifest, ...counts })}\n`);
    return exitCodes.ok;
  }
  const what = all ? 'all projects' : plural(packages.length, 'package');
  await console.out(
    `${flags.manifest} is valid: ${what}, ${plural(sources.length, 'source')}, ${plural(destinations.length, 'destination')}.\n`,
  );
  return exitCodes.ok;
}
