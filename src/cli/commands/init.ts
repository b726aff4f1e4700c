import { access } from 'node:fs/promises';
import { PkgsyncError } from '../../errors.ts';
import { writeAtomically } from '../../io/atomic-write.ts';
import { systemErrorCode } from '../../io/file-errors.ts';
import { newManifest } from '../../manifest/init.ts';
import { parseManifest } from '../../manifest/load.ts';
import { parseName } from '../../packaging/name.ts';
import { parseRequirement } from '../../packaging/requirement.ts';
import { formatSpecifierSet } from '../../packaging/specifier.ts';
import type { ExitCode } from '../exit-codes.ts';
import { manifestWritten } from '../manifest-written.ts';
import type { Session } from '../session.ts';

export interface InitFlags {
  /** Requirement strings. */
  readonly packages?: readonly string[] | undefined;
  readonly source: string;
  readonly to: string;
}

/** `pkgsync init`: starts a manifest; an existing file is never replaced. */
export async function initCommand(session: Session, { packages = [], source, to }: InitFlags): Promise<ExitCode> {
  const { flags } = session;
  if (await exists(flags.manifest)) {
    throw new PkgsyncError('USAGE', `${flags.manifest} exists already and is left as it is`, {
      hint: 'edit it, or name another file with --manifest',
    });
  }
  const text = newManifest({ source, destination: to, packages: packagesOf(packages) });
  const manifest = parseManifest(text, { path: flags.manifest, folder: process.cwd() });
  await writeAtomically(flags.manifest, text);
  return await manifestWritten(session, flags.manifest, manifest);
}

/** Name to specifier. @throws PkgsyncError REQUIREMENT_INVALID, USAGE */
function packagesOf(requirements: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    requirements.map((text) => {
      const { name, extras, specifier, url, marker } = parseRequirement(text);
      if (extras.length > 0 || url !== undefined || marker !== undefined) {
        throw new PkgsyncError('USAGE', `'${text}': init takes a name and versions only`, {
          hint: 'write extras and rules into the manifest',
        });
      }
      return [parseName(name), formatSpecifierSet(specifier) || '*'];
    }),
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
