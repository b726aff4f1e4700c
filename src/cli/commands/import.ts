import { dirname, join, resolve } from 'node:path';
import { connect, connectUrls } from '../../connect.ts';
import { PkgsyncError, printable, redactUrl } from '../../errors.ts';
import { consultSources } from '../../import/consult.ts';
import type { ImportFormat, SkippedEntry } from '../../import/imported.ts';
import { type LoadedImport, loadImport, maxBytes } from '../../import/load.ts';
import { entriesOf, importedLock, type ImportedLock, type KnownFiles } from '../../import/lock.ts';
import { importedManifest } from '../../import/manifest.ts';
import { lockExists } from '../../lockfile/lockfile.ts';
import { isHttpUrl } from '../../manifest/location.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { WrittenTarget } from '../../manifest/written.ts';
import type { PackageName } from '../../packaging/name.ts';
import { parseTarget } from '../../packaging/target.ts';
import { plural } from '../../reporters/format.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { readWhole, refuseExisting, writeImport } from '../import-files.ts';
import { sessionNetrc } from '../netrc.ts';
import { parseConcurrency } from '../options.ts';
import type { Session } from '../session.ts';
import { authorityFiles } from '../tls-options.ts';
import { version } from '../version.ts';

export interface ImportFlags {
  /** Paths or URLs. */
  readonly files: readonly string[];
  readonly to: string;
  readonly source?: string | undefined;
  readonly manifestOut: string;
  readonly lockOut?: string | undefined;
  readonly format?: ImportFormat | undefined;
  readonly target?: readonly string[] | undefined;
  readonly force?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

/** `pkgsync import`: what others have pinned or locked as a manifest, and as a lock where it has digests. */
export async function importCommand(session: Session, flags: ImportFlags): Promise<ExitCode> {
  const manifestPath = flags.manifestOut;
  const lockPath = flags.lockOut ?? join(dirname(manifestPath), 'pkgsync.lock');
  const targets = parseTargets(flags.target);
  const mayReplace = flags.force === true || flags.dryRun === true;
  if (!mayReplace) await refuseExisting({ manifestPath, lockPath, lock: undefined });
  const input = await load(session, flags);
  const made = importedManifest(input, {
    source: flags.source,
    destination: flags.to,
    targets,
    path: manifestPath,
    folder: resolve(dirname(manifestPath)),
    inputFolder: isHttpUrl(flags.files[0] ?? '') ? undefined : resolve(dirname(flags.files[0] ?? '')),
  });
  const locked = await lockOf(session, made.manifest, input);
  const lock = locked.packages.length === 0 ? undefined : locked.packages;
  if (!mayReplace) await refuseExisting({ manifestPath, lockPath, lock });
  if (flags.dryRun !== true) await writeImport({ manifestPath, manifest: made.text, lockPath, lock });
  await report(session, {
    files: flags.files,
    input,
    manifest: made.manifest,
    locked,
    manifestPath,
    lockPath: lock === undefined ? undefined : lockPath,
    skipped: [...input.skipped, ...made.skipped, ...locked.skipped],
    notes: [...input.notes, ...made.notes, ...locked.notes],
    dryRun: flags.dryRun === true,
    otherLock: lock === undefined && (await lockExists(lockPath)) ? lockPath : undefined,
  });
  return exitCodes.ok;
}

async function load(session: Session, { files, format }: ImportFlags): Promise<LoadedImport> {
  /** URLs with values of variables in them, and what to show instead. */
  const hidden = new Map<string, string>();
  const options = connectOptions(session);
  const onWarning = (message: string): void =>
    options.onWarning([...hidden].reduce((text, [url, shownAs]) => text.replaceAll(url, () => shownAs), message));
  const netrc = session.flags.offline === true ? undefined : await sessionNetrc(session);
  const urls = connectUrls({ ...options, onWarning, netrc });
  try {
    return await loadImport(files, {
      read: (location, shownAs) => {
        if (!isHttpUrl(location)) return readWhole(location, maxBytes);
        if (shownAs !== undefined) hidden.set(redactUrl(location), shownAs);
        return urls.read(location, maxBytes);
      },
      environment: session.environment,
      format,
    });
  } finally {
    await urls.close();
  }
}

interface Locked extends ImportedLock {
  readonly notes: readonly string[];
}

/** The lock of the files that the input names; the source's pages tell which file a digest belongs to. */
async function lockOf(session: Session, manifest: Manifest, input: LoadedImport): Promise<Locked> {
  const entries = entriesOf(input.files);
  if (entries.size === 0 && input.digests.length === 0) return { ...importedLock(manifest, new Map()), notes: [] };
  if (session.flags.offline === true) {
    const known = new Map<PackageName, KnownFiles>([...entries].map(([name, own]) => [name, { entries: own }]));
    const unused =
      input.digests.length === 0
        ? []
        : ['--offline: the digests of the input are not used, because only the source knows which files have them'];
    return { ...importedLock(manifest, known), notes: unused };
  }
  const connection = await connect(manifest, { ...connectOptions(session), netrc: await sessionNetrc(session), destinations: [] });
  try {
    const { concurrency } = connectOptions(session);
    const { known, skipped, notes } = await consultSources(manifest, entries, input.digests, {
      sources: connection.sources,
      concurrency,
      signal: session.signal,
    });
    const locked = importedLock(manifest, known);
    return { ...locked, skipped: [...skipped, ...locked.skipped], notes };
  } finally {
    await connection.close();
  }
}

function connectOptions(session: Session) {
  const { flags, environment, signal, console } = session;
  return {
    version: version(),
    environment,
    caFiles: authorityFiles(session),
    concurrency: parseConcurrency(flags.concurrency),
    offline: flags.offline === true,
    signal,
    onWarning: (message: string) => console.note(`warning: ${message}`),
  };
}

/** `3.12:manylinux_2_28_x86_64` as a target of the manifest, by a name of its own. @throws PkgsyncError USAGE, TARGET_INVALID */
function parseTargets(written: readonly string[] | undefined): Readonly<Record<string, WrittenTarget>> {
  return Object.fromEntries(
    (written ?? []).map((text) => {
      const colon = text.indexOf(':');
      if (colon < 0)
        throw new PkgsyncError('USAGE', `--target ${printable(text)}: expected PYTHON:PLATFORM`, {
          hint: 'for example 3.12:manylinux_2_28_x86_64',
        });
      const { python, platform } = parseTarget({ python: text.slice(0, colon), platform: text.slice(colon + 1) });
      return [`py${python}-${platform}`.slice(0, 64), { python, platform }];
    }),
  );
}

interface Outcome {
  readonly files: readonly string[];
  readonly input: LoadedImport;
  readonly manifest: Manifest;
  readonly locked: ImportedLock;
  readonly manifestPath: string;
  /** undefined: there is no lock. */
  readonly lockPath: string | undefined;
  readonly skipped: readonly SkippedEntry[];
  readonly notes: readonly string[];
  readonly dryRun: boolean;
  /** A lock that is there already where none is written. */
  readonly otherLock: string | undefined;
}

async function report(session: Session, outcome: Outcome): Promise<void> {
  const { files, input, manifest, locked, manifestPath, lockPath, skipped, notes, dryRun } = outcome;
  const count = locked.packages.reduce((sum, { files: own }) => sum + own.length, 0);
  const next = nextCommand(outcome);
  if (session.flags.json === true) {
    const line = {
      type: 'imported',
      eventsVersion: 1,
      format: input.format,
      manifest: manifestPath,
      lock: lockPath ?? null,
      written: !dryRun,
      packages: manifest.packages.length,
      files: count,
      unlocked: locked.missing,
      skipped,
      notes,
      next,
    };
    await session.console.out(`${JSON.stringify(line)}\n`);
    return;
  }
  const note = (line: string): void => {
    if (session.flags.quiet !== true) session.console.note(line);
  };
  const say = (line: string): Promise<void> => session.console.out(`${line}\n`);
  await say(
    `${files.map((file) => shown(file)).join(', ')} (${titles[input.format]}): ${plural(manifest.packages.length, 'package')}, ${plural(count, 'file')} with digests.`,
  );
  if (skipped.length > 0) {
    await say(`Left out, ${plural(skipped.length, 'entry', 'entries')}:`);
    for (const { what, because, where } of skipped) await say(`  ${where}: ${what}: ${because}`);
  }
  if (outcome.otherLock !== undefined) note(`note: ${outcome.otherLock} stays as it was: it is not of this import`);
  for (const sentence of notes) note(`note: ${sentence}`);
  const write = dryRun ? 'Would write' : 'Wrote';
  await say(`${write} ${manifestPath}${lockPath === undefined ? '' : ` and ${lockPath}`}.`);
  if (lockPath === undefined)
    await say(
      `No lock: the input ${input.digests.length === 0 ? 'has no digests' : 'has digests only, and --offline the source is not asked'}; 'pkgsync lock' makes one.`,
    );
  else if (locked.missing.length > 0)
    await say(
      `Not in the lock, for want of digests: ${locked.missing.slice(0, 5).join(', ')}${locked.missing.length > 5 ? ` and ${locked.missing.length - 5} more` : ''}.`,
    );
  await say(`Next: ${next}`);
}

const titles: Readonly<Record<ImportFormat, string>> = {
  requirements: 'requirements file',
  'versions-cfg': 'buildout versions',
  pylock: 'pylock.toml',
  uv: 'uv.lock',
  poetry: 'poetry.lock',
  pipfile: 'Pipfile.lock',
};

function nextCommand({ locked, manifestPath, lockPath }: Outcome): string {
  const manifestFlag = manifestPath === 'pkgsync.json' ? '' : ` -f ${manifestPath}`;
  const lockFlag = lockPath === undefined || lockPath === join(dirname(manifestPath), 'pkgsync.lock') ? '' : ` --lockfile ${lockPath}`;
  const flags = `${manifestFlag}${lockFlag}`;
  return lockPath === undefined || locked.missing.length > 0 ? `pkgsync lock${flags}` : `pkgsync plan --locked${flags}`;
}

function shown(location: string): string {
  return printable(isHttpUrl(location) ? location.replace(/\/\/[^/@]*@/, '//****@').replace(/[?#].*/s, '') : location, 1000);
}
