import { printable } from '../errors.ts';
import { ArchiveFault } from './archive-fault.ts';

/**
 * A member's path with `/` and without `.` parts.
 * @throws ArchiveFault for one that leads out of the archive: nothing is ever unpacked to disk, but who makes such archives is up to something
 */
export function memberPath(written: string): string {
  const parts = written.replace(/\\/g, '/').split('/');
  if (written.startsWith('/') || written.startsWith('\\') || /^[A-Za-z]:/.test(written) || parts.includes('..')) {
    throw new ArchiveFault(`holds a member whose path leads out of it: '${printable(written)}'`);
  }
  return parts.filter((part) => part !== '' && part !== '.').join('/');
}
