import { join, resolve } from 'node:path';
import { verify } from '../../engine/verify.ts';
import type { Verification } from '../../engine/verify.ts';
import { requireLock } from '../../lockfile/lockfile.ts';
import { adviceLines, verificationJson, verificationLines, verifyJson, verifyLines } from '../../reporters/verify-text.ts';
import type { VerifyClass } from '../../verify/judge.ts';
import { integrityClasses } from '../../verify/tally.ts';
import { exitCodes, firstAfterWriting } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { cacheFolder } from '../lease-folder.ts';
import { parseConcurrency, parseGlobs } from '../options.ts';
import { openSession, requireDestinations } from '../session.ts';
import type { Session } from '../session.ts';
import { printHeading } from '../show-plan.ts';

export interface VerifyFlags {
  readonly deep?: boolean | undefined;
  readonly fresh?: boolean | undefined;
  readonly allowUnverifiable?: boolean | undefined;
}

/** `pkgsync verify`: every locked file against what the destination lists, and its bytes; can only read. */
export async function verifyCommand(base: Session, flags: VerifyFlags): Promise<ExitCode> {
  const packages = parseGlobs(base.flags.package, '--package');
  const session = await openSession(base, { destinations: true, sources: false });
  try {
    requireDestinations(session);
    const { console, manifest, connection, lockPath: lock, signal, interruptedBy } = session;
    await requireLock(lock);
    const json = session.flags.json === true;
    if (!json) await printHeading(session, connection.destinations);
    const several = connection.destinations.length > 1;
    const verifications = await verify({
      manifest,
      connection,
      lock,
      deep: flags.deep === true,
      packages,
      concurrency: parseConcurrency(session.flags.concurrency),
      recordFolder: recordFolder(session),
      fresh: flags.fresh === true,
      signal,
      onEvent: console.progress.onEvent,
      onProject: async (name, findings) => {
        const lines = json ? verifyJson(findings) : verifyLines(name, findings, console.style, several);
        for (const line of lines) await console.out(`${line}\n`);
      },
    });
    console.progress.clear();
    const end = json
      ? verifications.map(verificationJson)
      : [...adviceLines(verifications, console.style), ...verifications.flatMap(verificationLines)];
    for (const line of end) await console.out(`${line}\n`);
    const codes = verifications.flatMap((one) => codesOf(one, flags.allowUnverifiable === true));
    if (verifications.some(({ interrupted }) => interrupted))
      codes.push(interruptedBy() === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted);
    return firstAfterWriting(codes);
  } finally {
    await session.close();
  }
}

function recordFolder({ flags, environment }: Session): string {
  return join(flags.cacheDir === undefined ? join(cacheFolder(environment), 'pkgsync') : resolve(flags.cacheDir), 'verify');
}

/** Exit codes that one verification stands for; none where every file is as approved. */
export function codesOf(verification: Verification, allowUnverifiable: boolean): readonly ExitCode[] {
  const { findings, credentialsFailed, notReached } = verification;
  const codes = [...findings.keys()].flatMap((found) => codeOf(found, allowUnverifiable));
  if (credentialsFailed) codes.push(exitCodes.authentication);
  // Nobody has looked at these: that is no success.
  if (notReached > 0) codes.push(exitCodes.unreachable);
  return codes;
}

function codeOf(found: VerifyClass, allowUnverifiable: boolean): readonly ExitCode[] {
  if (integrityClasses.has(found)) return [exitCodes.integrity];
  if (found === 'unreadable') return [exitCodes.unreachable];
  if (found === 'unverifiable') return allowUnverifiable ? [] : [exitCodes.unreachable];
  return [exitCodes.differences];
}
