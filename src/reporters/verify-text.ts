import type { Verification } from '../engine/verify.ts';
import { printable } from '../errors.ts';
import { verifyClasses } from '../verify/judge.ts';
import type { VerifyClass } from '../verify/judge.ts';
import type { Finding } from '../verify/verify-package.ts';
import { formatBytes } from './format.ts';
import type { Style } from './style.ts';

/** What to do about each class: one sentence without a final stop. */
const advice: Readonly<Record<VerifyClass, string>> = {
  missing: "'pkgsync apply' brings what is missing",
  'digest-mismatch': "find out who changed the file; 'pkgsync apply' replaces it where onMismatch is replace and the destination can",
  'size-mismatch': "find out what cut or changed the file; 'pkgsync apply' replaces it where onMismatch is replace and the destination can",
  'listing-mismatch':
    "the file is right and its listing is not: 'pkgsync apply' writes the pages of a directory anew; of a server, tell its administrator",
  'metadata-mismatch': "find out who changed the .metadata file; of a directory, remove it and run 'pkgsync apply'",
  'page-stale': "'pkgsync apply' writes the pages anew",
  unverifiable: 'run with --deep to read the bytes, or accept it with --allow-unverifiable',
  unreadable: 'run the same command again when it can be read',
};

/** Lines about one project, none where all is as approved. */
export function verifyLines(name: string, findings: readonly Finding[], style: Style, several: boolean): readonly string[] {
  if (findings.length === 0) return [];
  const width = findings.reduce((widest, finding) => Math.max(widest, finding.class.length), 0);
  const lines = findings.map(({ class: found, filename, destination, detail }) => {
    const paint = found === 'page-stale' || found === 'unverifiable' ? style.change : style.danger;
    const where = several ? style.quiet(` @${printable(destination)}`) : '';
    const subject = filename === undefined ? (found === 'page-stale' ? 'project page' : 'project') : printable(filename);
    return `  ${paint('!')} ${paint(found.padEnd(width))} ${subject}${where}  ${printable(detail, 600)}`;
  });
  return [style.strong(name), ...lines];
}

/** Findings of one project as lines of JSON (`schema/events.schema.json`). */
export function verifyJson(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ class: found, destination, name, filename, detail, there, approved, errorCode, retryable }) =>
    JSON.stringify({
      type: 'verify',
      class: found,
      destination,
      name,
      filename,
      detail,
      there,
      approved,
      errorCode,
      retryable,
      hint: advice[found],
    }),
  );
}

/** What to do about what was found, a line for each class. */
export function adviceLines(verifications: readonly Verification[], style: Style): readonly string[] {
  const found = verifyClasses.filter((one) => verifications.some(({ findings }) => findings.has(one)));
  return found.map((one) => `${style.quiet(`${one}:`)} ${advice[one]}.`);
}

/** How complete it was: what should be known of the numbers, and last the statement. */
export function verificationLines(verification: Verification): readonly string[] {
  const { stopped, interrupted, notInLock, weak, resumed } = verification;
  const lines: string[] = [];
  if (notInLock > 0)
    lines.push(
      `${count(notInLock)} more ${notInLock === 1 ? 'file of these projects lies' : 'files of these projects lie'} there that the lock does not name; not judged.`,
    );
  if (weak > 0) lines.push(`${count(weak)} could be compared by md5 or sha1 only.`);
  if (resumed > 0) lines.push(`${count(resumed)} had been checked by an earlier run that was not finished.`);
  if (stopped !== undefined) lines.push(`Stopped early: ${stopped}.`);
  if (interrupted) lines.push('Interrupted: the rest has not been looked at.');
  return [...lines, statement(verification)];
}

/** The last line, stable: `Verified corp: 1,203 of 1,210 files checked byte by byte (14.2 GB), 5 unverifiable, 2 missing.` */
export function statement(verification: Verification): string {
  const { destination, address, by, of, checked, bytes, unverifiable, missing, differing, unreadable, notReached } = verification;
  const how = by === 'bytes' ? `byte by byte (${formatBytes(bytes)})` : 'by the digests that are listed';
  const parts = [
    `${count(checked)} of ${count(of)} ${of === 1 ? 'file' : 'files'} checked ${how}`,
    `${count(unverifiable)} unverifiable`,
    `${count(missing)} missing`,
    ...(differing > 0 ? [`${count(differing)} differing`] : []),
    ...(unreadable > 0 ? [`${count(unreadable)} unreadable`] : []),
    ...(notReached > 0 ? [`${count(notReached)} not reached`] : []),
  ];
  return `Verified ${printable(destination === 'default' ? address : destination, 1000)}: ${parts.join(', ')}.`;
}

/** The same as one line of JSON. */
export function verificationJson({ findings, ...verification }: Verification): string {
  return JSON.stringify({ type: 'verify-summary', eventsVersion: 1, ...verification, found: Object.fromEntries(findings) });
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
