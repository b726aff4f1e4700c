import { PkgsyncError, printable } from '../errors.ts';
import { compareDigests } from '../packaging/digest.ts';
import type { FileFacts } from '../packaging/distribution-file.ts';
import type { ExistingFile } from './destination.ts';

/**
 * The files that a removal takes, `file` first: itself, and what is listed with it where the server removes whole versions (pure).
 * @param listed what is there right now
 * @param leaving what is planned to go, with the digests that were planned on
 * @throws PkgsyncError CONFLICT where one of them is not planned to go, or has changed since
 */
export function goingTogether(
  file: ExistingFile,
  listed: readonly ExistingFile[],
  leaving: readonly ExistingFile[],
  keysOf: ((file: FileFacts) => readonly string[]) | undefined,
): readonly ExistingFile[] {
  const keys = new Set(keysOf?.(file) ?? []);
  const others = listed.filter((other) => other.filename !== file.filename && keysOf?.(other).some((key) => keys.has(key)) === true);
  const planned = new Map(leaving.map((each) => [each.filename, each]));
  for (const each of [file, ...others]) {
    const before = planned.get(each.filename);
    if (before === undefined) {
      const why = `${printable(each.filename)} is to stay, and the server removes whole versions`;
      throw conflict(`${printable(file.filename)} was not removed: ${why}`);
    }
    const comparison = compareDigests(each.hashes, before.hashes);
    if (comparison !== 'same' && comparison !== 'same-weak') {
      const also = each === file ? '' : `, and neither was ${printable(file.filename)}, which would go with it`;
      throw conflict(`${printable(each.filename)} has changed since it was listed and was not removed${also}`);
    }
  }
  return [file, ...others];
}

function conflict(sentence: string): PkgsyncError {
  return new PkgsyncError('CONFLICT', sentence, { hint: 'run plan again to see what has changed' });
}
