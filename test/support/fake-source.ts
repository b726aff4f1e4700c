import type { SourceIndex } from '../../src/indexes/source-index.ts';
import { PkgsyncError } from '../../src/errors.ts';
import type { ByteSource } from '../../src/io/byte-source.ts';
import type { DigestSet } from '../../src/packaging/digest.ts';
import type { DistributionFile, Project } from '../../src/packaging/distribution-file.ts';
import { contentOf, digestsOf, file, nameOf, project } from './builders.ts';

/** What a fake source has of one file; the digests of the listing are those of `content` unless given. */
export interface SourceFile extends Partial<DistributionFile> {
  readonly filename: string;
  readonly content?: string | Uint8Array | undefined;
  /** Core metadata: served as the companion. */
  readonly metadata?: string | undefined;
}

/** How a read of a file goes wrong: with an error at once, or after some bytes. */
export interface ReadFailure {
  readonly error: Error;
  readonly afterBytes?: number | undefined;
}

/** A source in memory whose parts can be made to fail. */
export interface FakeSource extends SourceIndex {
  /** How often each file was read. */
  readonly reads: Map<string, number>;
  /** How often each project's page was read. */
  readonly pages: Map<string, number>;
  setProject(name: string, files: readonly (string | SourceFile)[] | undefined, overrides?: Partial<Project>): void;
  failPage(name: string, error: Error): void;
  /** The next reads of the file fail so, one after the other. */
  failReads(filename: string, failures: readonly ReadFailure[]): void;
  /** Bytes that are served instead of those that were listed. */
  serve(filename: string, content: string): void;
  readonly legacy: Map<string, ReadonlyMap<string, DigestSet> | Error>;
}

export function fakeSource(
  projects: Readonly<Record<string, readonly (string | SourceFile)[]>>,
  { name = 'default' }: { readonly name?: string } = {},
): FakeSource {
  const state = new Map<string, Project>();
  const contents = new Map<string, Uint8Array>();
  const companions = new Map<string, Uint8Array>();
  const pageFailures = new Map<string, Error>();
  const readFailures = new Map<string, ReadFailure[]>();
  const reads = new Map<string, number>();
  const pages = new Map<string, number>();
  const legacy = new Map<string, ReadonlyMap<string, DigestSet> | Error>();

  const listed = (item: string | SourceFile): DistributionFile => {
    const { filename, content = contentOf(filename), metadata, ...rest } = typeof item === 'string' ? { filename: item } : item;
    contents.set(filename, Buffer.from(content));
    if (metadata !== undefined) companions.set(filename, Buffer.from(metadata));
    return file(filename, {
      hashes: { sha256: digestsOf(content).sha256 },
      size: Buffer.byteLength(content),
      ...(metadata === undefined ? {} : { coreMetadata: { sha256: digestsOf(metadata).sha256 } }),
      ...rest,
    });
  };
  const source: FakeSource = {
    name,
    address: `https://${name}.example/simple/`,
    reads,
    pages,
    legacy,
    setProject(project_, files, overrides) {
      if (files === undefined) state.delete(project_);
      else state.set(project_, project(project_, files.map(listed), overrides));
    },
    failPage: (project_, error) => void pageFailures.set(project_, error),
    failReads: (filename, failures) => void readFailures.set(filename, [...failures]),
    serve: (filename, content) => void contents.set(filename, Buffer.from(content)),
    async *projects(signal) {
      for (const known of state.keys()) {
        await Promise.resolve();
        signal?.throwIfAborted();
        yield nameOf(known);
      }
    },
    async project(project_, signal) {
      await Promise.resolve();
      signal?.throwIfAborted();
      pages.set(project_, (pages.get(project_) ?? 0) + 1);
      const failure = pageFailures.get(project_);
      if (failure !== undefined) throw failure;
      return state.get(project_);
    },
    open: ({ filename }) => bytes(filename, contents.get(filename), readFailures, reads),
    openMetadata: ({ filename }) => bytes(`${filename}.metadata`, companions.get(filename), readFailures, reads),
    async legacyDigests(project_) {
      await Promise.resolve();
      const answer = legacy.get(project_);
      if (answer instanceof Error) throw answer;
      return answer ?? new Map();
    },
  };
  for (const [project_, files] of Object.entries(projects)) source.setProject(project_, files);
  return source;
}

function bytes(
  label: string,
  content: Uint8Array | undefined,
  failures: Map<string, ReadFailure[]>,
  reads: Map<string, number>,
): ByteSource {
  return {
    label,
    size: content?.length,
    async *read({ range, signal } = {}) {
      await Promise.resolve();
      signal?.throwIfAborted();
      reads.set(label, (reads.get(label) ?? 0) + 1);
      if (content === undefined) throw new PkgsyncError('NOT_FOUND', `${label} is not there`);
      const failure = failures.get(label)?.shift();
      const start = range?.start ?? 0;
      const all = Math.min(range?.end ?? content.length, content.length);
      const end = failure === undefined ? all : Math.min(all, start + (failure.afterBytes ?? 0));
      for (let at = start; at < end; at += 7) {
        yield content.subarray(at, Math.min(end, at + 7));
        await Promise.resolve();
        signal?.throwIfAborted();
      }
      if (failure !== undefined) throw failure.error;
    },
  };
}
