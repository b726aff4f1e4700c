import { PkgsyncError, printable } from '../errors.ts';
import { compareDigests, type DigestSet } from '../packaging/digest.ts';
import type { ExistingFile } from './destination.ts';

/**
 * Whether a file may be sent now, from what the server lists under its name right before (pure): `send`; `exists` where the same bytes are there, or
 * bytes that cannot be compared.
 * @throws PkgsyncError CONFLICT where other bytes are there, or not those that were to be replaced
 */
export function checkBeforePut(
  filename: string,
  sent: DigestSet,
  present: ExistingFile | undefined,
  replaces: ExistingFile | undefined,
): 'send' | 'exists' {
  if (present === undefined) {
    if (replaces === undefined) return 'send';
    throw conflict(`${printable(filename)} is no longer there to be replaced`);
  }
  const comparison = compareDigests(present.hashes, sent);
  if (comparison === 'same' || comparison === 'same-weak') return 'exists';
  if (replaces === undefined) {
    if (comparison === 'unknown') return 'exists';
    throw conflict(`${printable(filename)} is there with other bytes and was not replaced`);
  }
  const unchanged = compareDigests(present.hashes, replaces.hashes);
  if (unchanged === 'same' || unchanged === 'same-weak') return 'send';
  throw conflict(`${printable(filename)} has changed since it was listed and was not replaced`);
}

function conflict(sentence: string): PkgsyncError {
  return new PkgsyncError('CONFLICT', sentence, { hint: 'run plan again to see what has changed' });
}
