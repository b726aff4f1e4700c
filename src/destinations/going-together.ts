import { PkgsyncError, printable } from '../errors.ts';
import { compareDigests } from '../packaging/digest.ts';
import type { ExistingFile, RemovalKeys } from './destination.ts';

/**
 * The files that a removal takes, `file` first: itself, and what is listed with it where the server removes whole versions (pure).
 * @param listed what is there right now
 * @param leaving what is planned to go, with the digests that were planned on
 * @param unread names of files there that are no distributions; a signature goes with its file
 * @throws PkgsyncError CONFLICT where one of them is not planned to go, or has changed since
 */
export function goingTogether(
  file: ExistingFile,
  listed: readonly ExistingFile[],
  leaving: readonly ExistingFile[],
  keysOf: RemovalKeys | undefined,
  unread: readonly string[] = [],
): readonly ExistingFile[] {
  const keys = new Set(keysOf?.(file) ?? []);
  const others = listed.filter((other) => other.filename !== file.filename && keysOf?.(other).some((key) => keys.has(key)) === true);
  const unplanned = unread.find(
    (filename) =>
      !listed.some((each) => filename === `${each.filename}.asc`) && keysOf?.({ filename }).some((key) => keys.has(key)) === true,
  );
  if (unplanned !== undefined) throw staying(unplanned, file);
  const planned = new Map(leaving.map((each) => [each.filename, each]));
  for (const each of [file, ...others]) {
    const before = planned.get(each.filename);
    if (before === undefined) throw staying(each.filename, file);
    const comparison = compareDigests(each.hashes, before.hashes);
    if (comparison !== 'same' && comparison !== 'same-weak') {
      const also = each === file ? '' : `, and neither was ${printable(file.filename)}, which would go with it`;
      throw conflict(`${printable(each.filename)} has changed since it was listed and was not removed${also}`);
    }
  }
  return [file, ...others];
}

function staying(filename: string, file: ExistingFile): PkgsyncError {
  const why = `${printable(filename)} is to stay, and the server removes whole versions`;
  return conflict(`${printable(file.filename)} was not removed: ${why}`);
}

function conflict(sentence: string): PkgsyncError {
  return new PkgsyncError('CONFLICT', sentence, { hint: 'run plan again to see what has changed' });
}
