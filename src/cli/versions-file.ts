import { connectUrls } from '../connect.ts';
import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import { combineRequirements } from '../import/combine.ts';
import { loadImport, maxBytes } from '../import/load.ts';
import { isHttpUrl } from '../manifest/location.ts';
import type { PinnedProject } from '../manifest/one-shot.ts';
import { readWhole } from './import-files.ts';
import { sessionNetrc } from './netrc.ts';
import type { Session } from './session.ts';
import { authorityFiles } from './tls-options.ts';

/**
 * What a buildout `versions.cfg` pins, with what it extends; what cannot be taken is noted.
 * @param location path or URL
 * @throws PkgsyncError IMPORT_INVALID, FILE_SYSTEM, what reading a URL throws
 */
export async function pinnedVersions(session: Session, location: string, concurrency: number): Promise<readonly PinnedProject[]> {
  const { console, environment, flags, signal } = session;
  const urls = connectUrls({
    environment,
    netrc: flags.offline === true ? undefined : await sessionNetrc(session),
    caFiles: authorityFiles(session, 'both'),
    concurrency,
    offline: flags.offline === true,
    signal,
    onWarning: (message) => console.note(`warning: ${message}`),
  });
  try {
    const input = await loadImport([location], {
      read: (path) => (isHttpUrl(path) ? urls.read(path, maxBytes) : readWhole(path, maxBytes)),
      environment,
      format: 'versions-cfg',
    });
    const { combined, notes } = combineRequirements(input);
    for (const sentence of [...input.notes, ...notes]) console.note(`note: ${sentence}`);
    for (const { what, because, where } of input.skipped) console.note(`note: ${where}: ${what} is left out: ${because}`);
    if (combined.length === 0) throw new PkgsyncError('IMPORT_INVALID', `${shown(location)} pins no versions`);
    return combined;
  } finally {
    await urls.close();
  }
}

function shown(location: string): string {
  return isHttpUrl(location) ? redactUrl(location) : printable(location, 1000);
}
