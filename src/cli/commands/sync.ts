import { connect } from '../../connect.ts';
import type { Connection } from '../../connect.ts';
import { apply } from '../../engine/apply.ts';
import type { Applied } from '../../engine/apply.ts';
import { plan } from '../../engine/plan.ts';
import type { MadePlan } from '../../engine/plan.ts';
import { parseManifest } from '../../manifest/load.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { oneShotManifest } from '../../manifest/one-shot.ts';
import type { OneShot } from '../../manifest/one-shot.ts';
import { planExitCode } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { leaseFolder } from '../lease-folder.ts';
import { manifestWritten } from '../manifest-written.ts';
import { noteLines } from '../note-lines.ts';
import { sessionNetrc } from '../netrc.ts';
import { reportNotes } from '../notes.ts';
import { syncLogins } from '../sync-logins.ts';
import type { Login } from '../one-shot.ts';
import { hintInWordsOf } from '../one-shot-words.ts';
import { parseConcurrency } from '../options.ts';
import { reportApplied } from '../report-applied.ts';
import { temporaryFolder } from '../session.ts';
import type { Session } from '../session.ts';
import { authorityFiles, clientCertificateOf } from '../tls-options.ts';
import { printHeading, printProject, printSummary, textOptions, totalsOf } from '../show-plan.ts';
import { askedFor, inTermsOfFlags, label } from '../sync-arguments.ts';
import type { SyncFlags } from '../sync-arguments.ts';
import { pinnedVersions } from '../versions-file.ts';
import { writeNewFile } from '../write-new-file.ts';

/** `pkgsync sync`: the one-shot form, without manifest and lock. */
export async function syncCommand(session: Session, flags: SyncFlags): Promise<ExitCode> {
  const { console, signal } = session;
  const concurrency = parseConcurrency(session.flags.concurrency);
  // What is wrong with the flags themselves is told before anything is read.
  askedFor(flags);
  const pinned = flags.fromVersionsFile === undefined ? [] : await pinnedVersions(session, flags.fromVersionsFile, concurrency);
  if (flags.writeManifest !== undefined)
    return await writeManifest(session, askedFor(flags, pinned, flags.writeManifest), flags.writeManifest);
  const manifest = inTermsOfFlags(() => parseManifest(oneShotManifest(askedFor(flags, pinned)), { path: label, folder: process.cwd() }));
  const connection = await connected(session, flags, manifest, concurrency);
  let made: MadePlan | undefined;
  try {
    made = await planNow(session, manifest, connection, concurrency);
    if (flags.dryRun === true) {
      console.note('Dry run: nothing was written.');
      return planExitCode(made.problems, false);
    }
    const applied = await apply(made, {
      manifest,
      connection,
      approve: () => flags.all !== true || flags.yes === true || consent(session),
      concurrency,
      temporaryFolder: temporaryFolder(session.flags),
      leaseFolder: await leaseFolder(connection.destinations, session.environment),
      signal,
      onEvent: console.progress.onEvent,
    });
    return await reportApplied(session, inWordsOfSync(applied));
  } finally {
    await made?.discard();
    await connection.close();
  }
}

async function connected(session: Session, flags: SyncFlags, manifest: Manifest, concurrency: number): Promise<Connection> {
  const { environment, signal, console } = session;
  const { source, destination } = await syncLogins(session, flags);
  const certificates = {
    source: await clientCertificateOf({ clientCert: flags.sourceClientCert, clientKey: flags.sourceClientKey }, environment, 'source-'),
    destination: await clientCertificateOf(
      { clientCert: flags.destinationClientCert, clientKey: flags.destinationClientKey },
      environment,
      'destination-',
    ),
  };
  return await connect(manifest, {
    environment,
    caFiles: authorityFiles(session, 'both'),
    clientCertificates: {
      sources: certificates.source === undefined ? {} : { default: certificates.source },
      destinations: certificates.destination === undefined ? {} : { default: certificates.destination },
    },
    netrc: session.flags.offline === true ? undefined : await sessionNetrc(session),
    credentials: { sources: named(source), destinations: named(destination) },
    concurrency,
    offline: session.flags.offline === true,
    signal,
    onWarning: (message) => console.note(`warning: ${message}`),
  });
}

/** As they stand in the manifest that the flags stand for. */
function named(login: Login): Record<string, NonNullable<Login['credential'] | Login['auth']>> {
  const given = login.credential ?? login.auth;
  return given === undefined ? {} : { default: given };
}

async function planNow(session: Session, manifest: Manifest, connection: Connection, concurrency: number): Promise<MadePlan> {
  const { console, flags, signal } = session;
  const json = flags.json === true;
  const text = textOptions(session, connection.destinations, (hint) => hintInWordsOf('sync', hint));
  if (!json) await printHeading(session, connection.destinations);
  const kept = noteLines(session);
  try {
    const made = await plan({
      manifest,
      connection,
      options: { concurrency },
      temporaryFolder: temporaryFolder(flags),
      signal,
      onEvent: console.progress.onEvent,
      onProject: (project) => (json ? kept.add(project) : printProject(session, project, text)),
      ...(json ? { onLine: (line) => console.out(line) } : {}),
    });
    console.progress.clear();
    // There is no lock that anything could be added to.
    const lock = { add: 0, tombstone: 0, revive: 0, drop: 0, enrich: 0 };
    if (!json) await printSummary(session, { ...totalsOf(made), lock, records: 0 }, text);
    // Targets are a matter of manifests.
    const notes = made.notes.filter(({ kind }) => kind !== 'every-wheel' && kind !== 'limit');
    if (json) await kept.print(session, notes);
    reportNotes(session, notes);
    return made;
  } finally {
    await kept[Symbol.asyncDispose]();
  }
}

/** Without a terminal nobody is asked: who runs `sync --all` in a job means it. */
async function consent({ console, signal }: Session): Promise<boolean> {
  if (!console.interactive) return true;
  const answer = await console.ask("Bring all of this there? Only 'yes' is accepted: ", signal);
  if (answer?.trim() === 'yes') return true;
  console.note('Declined. Nothing was written.');
  return false;
}

/** There is no manifest that could be at fault. */
function inWordsOfSync(applied: Applied): Applied {
  const refused = applied.refused.map((refusal) =>
    refusal.code === 'MANIFEST_INVALID'
      ? { ...refusal, message: 'the source does not have all that was asked for: see the blocked lines' }
      : refusal,
  );
  const failures = applied.result.failures.map((failure) => ({ ...failure, hint: hintInWordsOf('sync', failure.hint) }));
  return { ...applied, refused, result: { ...applied.result, failures } };
}

async function writeManifest(session: Session, asked: OneShot, path: string): Promise<ExitCode> {
  const text = oneShotManifest(asked);
  const manifest = inTermsOfFlags(() => parseManifest(text, { path: label, folder: process.cwd() }));
  await writeNewFile(path, text);
  return await manifestWritten(session, path, manifest);
}
