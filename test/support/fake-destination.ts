import type {
  DestinationTraits,
  ExistingFile,
  InheritedFile,
  PublishRequest,
  PutRequest,
  WritableDestination,
  WriteAnswer,
} from '../../src/destinations/destination.ts';
import { PkgsyncError } from '../../src/errors.ts';
import type { ByteSource } from '../../src/io/byte-source.ts';
import type { FileFacts } from '../../src/packaging/distribution-file.ts';
import { contentOf, nameOf, existing, traits } from './builders.ts';

/** How the next upload of a file goes wrong. */
export type PutFault =
  /** Answers 200 and stores nothing. */
  | 'lie'
  /** Stores it and gives no answer that tells. */
  | 'unclear-stored'
  /** Does not store it and gives no answer that tells. */
  | 'unclear-lost'
  /** Stores it and breaks the connection. */
  | 'thrown-stored'
  /** Answers 200 and stores other bytes. */
  | 'other-bytes'
  | Error;

export interface FakeDestinationOptions {
  readonly name?: string;
  readonly type?: 'directory' | 'upload';
  readonly traits?: Partial<DestinationTraits>;
  /** Digests that its listing shows. */
  readonly shows?: 'sha256' | 'md5' | 'none';
  /** Looks at the listing until a write shows. */
  readonly lag?: number;
  /** Pages are derived: a file shows on its page only after `publish`. */
  readonly pages?: boolean;
  /** Stores under this name instead. */
  readonly spell?: (filename: string) => string;
  readonly refuses?: (file: FileFacts) => string | undefined;
  readonly stagingFolder?: string;
  /** Files that it serves without holding them, by project, as `filename from`. */
  readonly inherits?: Readonly<Record<string, readonly string[]>>;
  /** Removes whole versions, whatever is asked for. */
  readonly wholeVersions?: boolean;
}

/** A destination in memory whose parts can be made to fail, and a record of what was asked of it. */
export interface FakeDestination extends WritableDestination {
  readonly calls: readonly string[];
  /** Names of what is stored, whatever the listing says. */
  stored(project: string): readonly string[];
  /** What its page lists, where pages are derived. */
  shown(project: string): readonly string[];
  /** Puts a file there, as somebody else would. */
  place(project: string, file: string | ExistingFile): void;
  take(project: string, filename: string): void;
  failPut(filename: string, fault: PutFault): void;
  failRemove(filename: string, fault: 'lie' | Error): void;
  failRegister(fault: 'unclear-done' | 'unclear-lost' | Error): void;
  /** undefined: publishing works again. */
  failPublish(error: Error | undefined): void;
  failFinish(error: Error): void;
  /** The listings number `calls` (from 1, counted anew from here) of the project fail. */
  failList(project: string, error: Error, calls?: readonly number[]): void;
  /** What reading a file (or its companion, `<filename>.metadata`) gives; an error is thrown. Otherwise `contentOf` its name. */
  readonly bytes: Map<string, string | Error>;
  /** Runs before each upload: the moment in which the world changes. */
  beforePut: (filename: string) => void | Promise<void>;
}

interface Stored {
  readonly file: ExistingFile;
  /** Listings of the project after which it shows. */
  readonly visibleAt: number;
}

export function fakeDestination(options: FakeDestinationOptions = {}): FakeDestination {
  const { name = 'default', shows = 'sha256', lag = 0, pages = false, spell = (filename: string): string => filename } = options;
  const abilities = traits(options.traits);
  const projects = new Map<string, Map<string, Stored>>();
  const ghosts = new Map<string, { file: ExistingFile; until: number }[]>();
  const published = new Map<string, Set<string>>();
  const looks = new Map<string, number>();
  const calls: string[] = [];
  const bytes = new Map<string, string | Error>();
  const putFaults = new Map<string, PutFault>();
  const removeFaults = new Map<string, 'lie' | Error>();
  const listFaults = new Map<string, { error: Error; calls: ReadonlySet<number> | undefined; seen: number }>();
  let registerFault: 'unclear-done' | 'unclear-lost' | Error | undefined;
  let publishFault: Error | undefined;
  let finishFault: Error | undefined;

  const look = (project: string) => looks.get(project) ?? 0;
  const known = (project: string): Map<string, Stored> => {
    const files = projects.get(project) ?? new Map<string, Stored>();
    projects.set(project, files);
    return files;
  };
  const listed = (project: string, file: ExistingFile): ExistingFile => {
    const { sha256, md5 } = file.hashes;
    const hashes = shows === 'none' ? {} : shows === 'md5' ? { ...(md5 && { md5 }) } : { ...(sha256 && { sha256 }) };
    const page = !pages ? {} : { page: published.get(project)?.has(file.filename) === true ? ('current' as const) : ('missing' as const) };
    return { ...file, hashes, ...page };
  };
  const store = (project: string, request: PutRequest, hashes: ExistingFile['hashes']) => {
    const filename = spell(request.file.filename);
    const file: ExistingFile = { ...request.file, filename, hashes, size: request.content.size, url: `x:${filename}` };
    known(project).set(filename, { file, visibleAt: look(project) + lag });
  };

  const openFake = (filename: string): ByteSource => ({
    label: filename,
    read: async function* ({ signal } = {}) {
      await Promise.resolve();
      signal?.throwIfAborted();
      calls.push(`open ${filename}`);
      const content = bytes.get(filename) ?? contentOf(filename);
      if (content instanceof Error) throw content;
      yield Buffer.from(content);
    },
  });

  const fake: FakeDestination = {
    name,
    type: options.type ?? 'directory',
    address: `./${name}`,
    kind: 'fake',
    traits: abilities,
    stagingFolder: options.stagingFolder,
    calls,
    bytes,
    listDeclared: (project, signal) => fake.list(project, signal),
    open: ({ filename }) => openFake(filename),
    openMetadata: ({ filename }) => openFake(`${filename}.metadata`),
    beforePut: () => undefined,
    refuses: options.refuses ?? (() => undefined),
    removalKeys: options.wholeVersions === true ? ({ version = '' }) => [version] : undefined,
    stored: (project) => [...known(project).keys()].sort(),
    shown: (project) => [...(published.get(project) ?? [])].sort(),
    place: (project, item) => {
      const file = typeof item === 'string' ? existing(item) : item;
      known(project).set(file.filename, { file, visibleAt: 0 });
      const page = published.get(project) ?? new Set();
      published.set(project, page.add(file.filename));
    },
    take: (project, filename) => void known(project).delete(filename),
    failPut: (filename, fault) => void putFaults.set(filename, fault),
    failRemove: (filename, fault) => void removeFaults.set(filename, fault),
    failRegister: (fault) => void (registerFault = fault),
    failPublish: (error) => void (publishFault = error),
    failFinish: (error) => void (finishFault = error),
    failList: (project, error, numbers) =>
      void listFaults.set(project, { error, calls: numbers === undefined ? undefined : new Set(numbers), seen: 0 }),

    async *projects(signal) {
      for (const project of projects.keys()) {
        await Promise.resolve();
        signal?.throwIfAborted();
        yield nameOf(project);
      }
    },
    async list(project, signal, { inherited: asked = false } = {}) {
      await Promise.resolve();
      signal?.throwIfAborted();
      calls.push(`list ${project}`);
      looks.set(project, look(project) + 1);
      const fault = listFaults.get(project);
      if (fault !== undefined) {
        fault.seen += 1;
        if (fault.calls === undefined || fault.calls.has(fault.seen)) throw fault.error;
      }
      const files = [...(projects.get(project)?.values() ?? [])].filter(({ visibleAt }) => visibleAt < look(project));
      const gone = (ghosts.get(project) ?? []).filter(({ until }) => until >= look(project));
      return {
        name: nameOf(project),
        present: projects.has(project),
        files: [...files, ...gone].map(({ file }) => listed(project, file)),
        warnings: [],
        ...(asked && options.inherits?.[project] !== undefined && { inherited: options.inherits[project].map(inheritedFile) }),
      };
    },
    async cleanStaging() {
      calls.push('clean');
      await Promise.resolve();
    },
    async register({ name: project, metadata }): Promise<WriteAnswer> {
      calls.push(`register ${project} ${metadata.name}`);
      await Promise.resolve();
      if (registerFault instanceof Error) throw registerFault;
      if (registerFault !== 'unclear-lost') known(project);
      return registerFault === undefined ? { outcome: 'done', status: 200 } : { outcome: 'unclear', status: 502, reason: 'Bad Gateway' };
    },
    async put(request): Promise<WriteAnswer> {
      const { filename, name: project } = request.file;
      await fake.beforePut(filename);
      request.signal?.throwIfAborted();
      calls.push(`put ${filename}`);
      const { hashes } = request.content;
      const fault = putFaults.get(filename);
      putFaults.delete(filename);
      if (fault instanceof Error) throw fault;
      if (fault === 'lie') return { outcome: 'done', status: 200, reason: 'OK' };
      if (fault === 'unclear-lost') return { outcome: 'unclear', status: 503, reason: 'Busy' };
      const there = known(project).get(spell(filename));
      if (there !== undefined && request.replaces === undefined && !abilities.overwritesSilently) {
        if (there.file.hashes.sha256 === hashes.sha256) return { outcome: 'exists', status: 409 };
        throw new PkgsyncError('CONFLICT', `${filename} exists`);
      }
      store(project, request, fault === 'other-bytes' ? { sha256: 'f'.repeat(64), md5: 'f'.repeat(32) } : hashes);
      if (fault === 'unclear-stored') return { outcome: 'unclear' };
      if (fault === 'thrown-stored') throw new PkgsyncError('UNREACHABLE', 'the connection was lost', { retryable: true });
      return { outcome: 'done', status: 200, reason: 'OK' };
    },
    async remove({ name: project, file, leaving = [] }): Promise<WriteAnswer> {
      calls.push(`remove ${file.filename}`);
      if (options.wholeVersions === true) calls.push(`leaving ${leaving.map(({ filename }) => filename).join(' ')}`);
      await Promise.resolve();
      const fault = removeFaults.get(file.filename);
      if (fault instanceof Error) throw fault;
      if (fault === undefined) {
        const gone = [...known(project).values()].map((each) => each.file).filter(({ version }) => version === file.version);
        for (const { filename } of options.wholeVersions === true ? gone : [file]) {
          known(project).delete(filename);
          published.get(project)?.delete(filename);
        }
        if (lag > 0) ghosts.set(project, [...(ghosts.get(project) ?? []), { file, until: look(project) + lag }]);
      }
      return { outcome: 'done', status: 200, reason: 'OK' };
    },
    async publish({ name: project }: PublishRequest) {
      calls.push(`publish ${project}`);
      await Promise.resolve();
      if (publishFault !== undefined) throw publishFault;
      published.set(project, new Set(known(project).keys()));
    },
    async finish() {
      calls.push('finish');
      await Promise.resolve();
      if (finishFault !== undefined) throw finishFault;
    },
  };
  return fake;
}

function inheritedFile(text: string): InheritedFile {
  const [filename = '', from = ''] = text.split(' ');
  return { filename, from };
}
