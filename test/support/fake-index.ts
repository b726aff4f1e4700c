import { PkgsyncError } from '../../src/errors.ts';
import type { SourceIndex } from '../../src/indexes/source-index.ts';
import { isDistribution, parseDistributionFilename } from '../../src/packaging/filename.ts';
import { normalizeName } from '../../src/packaging/name.ts';
import { digestsOf } from './distributions.ts';
import type { StoredFile, UploadServer } from './upload-server.ts';

/** The simple API of an upload server without the HTTP: what its listing mode shows, read from its memory. */
export function indexOf(server: UploadServer, address: string): SourceIndex {
  const shown = (): readonly StoredFile[] => {
    if (server.listing === 'fails') throw new PkgsyncError('UNREACHABLE', `${address} cannot answer at the moment`, { retryable: true });
    return server.shown();
  };
  return {
    name: 'simple API',
    address,

    async *projects() {
      yield* await Promise.resolve([...new Set(shown().map(({ project }) => normalizeName(project)))]);
    },

    async project(name) {
      const own = await Promise.resolve(shown().filter(({ project }) => project === name));
      if (own.length === 0) return undefined;
      const files = own.map(({ filename, bytes }) => {
        const parsed = parseDistributionFilename(filename, name);
        if (!isDistribution(parsed)) throw new Error(`${filename}: ${parsed.because}`);
        const sha256 = server.listing === 'lies' ? digestsOf('a lie').sha256 : digestsOf(bytes).sha256;
        return {
          name,
          filename,
          version: parsed.version,
          packageType: parsed.packageType,
          url: `${address}${filename}`,
          hashes: server.listing === 'bare' ? {} : { sha256 },
          yanked: false as const,
        };
      });
      return { name, status: { status: 'active' }, files, skipped: [], warnings: [] };
    },

    open: () => {
      throw new Error('nobody reads from a destination here');
    },
    openMetadata: () => {
      throw new Error('nobody reads from a destination here');
    },
    legacyDigests: () => Promise.resolve(new Map()),
  };
}
