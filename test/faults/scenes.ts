import { readFile, readdir } from 'node:fs/promises';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';
import { uploadServer } from '../support/upload-server.ts';
import type { Target } from './fault.ts';
import type { Fault } from './fault.ts';
import { faultServer, ofScript, throughHttp } from './fault-server.ts';
import type { FaultServer, Strike, Upstream } from './fault-server.ts';
import { DevpiIndex, indexScript, release, sha256 } from './index-script.ts';
import type { Release } from './index-script.ts';

/** What a destination holds, read without pkgsync: contents by filename. */
export type Held = ReadonlyMap<string, Buffer>;

/** Where one command runs, and what it works on. */
export interface Stage extends AsyncDisposable {
  /** The server that the fault strikes. */
  readonly faulty: FaultServer;
  readonly folder: Workspace;
  /** The command line. */
  readonly args: readonly string[];
  /** Which requests to `faulty` the fault is meant for. */
  readonly on: Strike['on'];
  /** What the destination holds. */
  held(): Promise<Held>;
  /** Filenames that it lists and does not hold whole, or lists with another digest: always none. */
  falselyListed?(): Promise<readonly string[]>;
  /** Faults of this stage alone. */
  readonly own?: readonly Fault[];
}

/** One operation of the table. */
export interface Scene {
  readonly name: string;
  readonly target: Target;
  /** Files that must be there when all went well. */
  readonly wanted: readonly Release[];
  /** Files that must be there, however the faults ended: nothing that was asked for touches them. */
  readonly kept: readonly Release[];
  /** Files that arrive although another fails. */
  readonly siblings: readonly Release[];
  /** It has no lock to compare pages with. */
  readonly forgets?: boolean;
  /** Whether the command writes at all. */
  readonly writes: boolean;
  readonly open: () => Promise<Stage>;
}

const alpha10 = release('alpha', '1.0');
const alpha11 = release('alpha', '1.1');
const beta = release('beta', '0.5');
/** At the destination before, and nobody's business. */
const old = release('old', '3.0');
/** Longer than what the system takes off a sender's hands before the receiver reads. */
const alphaLong = release('alpha', '1.0', { size: 12 * 1024 * 1024 });
const extra = release('alpha', '0.9');
const alphaNeedy = release('alpha', '1.0', { requires: ['beta'] });
const needs = Buffer.from('Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\nRequires-Dist: beta\n');

const packages = { alpha: '*', beta: '*' };
const upstreamOf = (releases: readonly Release[]): Upstream => ofScript(indexScript(releases));
const get =
  (path: string): Strike['on'] =>
  (asked) =>
    asked.method === 'GET' && asked.path.replace(/\?.*$/, '') === path;
const fileOf = ({ filename }: Release): string => `/files/${filename}`;

/** Things that are closed together, the last one first. */
class Closing {
  readonly #open: AsyncDisposable[] = [];

  use<T extends AsyncDisposable>(one: T): T {
    this.#open.push(one);
    return one;
  }

  async close(): Promise<void> {
    for (const one of this.#open.splice(0).reverse()) await one[Symbol.asyncDispose]();
  }
}

/** Servers that are closed together, and a folder. */
async function begin(): Promise<{ stack: Closing; folder: Workspace; serve: (upstream: Upstream) => Promise<FaultServer> }> {
  const stack = new Closing();
  const folder = stack.use(await workspace());
  const serve = async (upstream: Upstream): Promise<FaultServer> => {
    const elsewhere = stack.use(await faultServer(upstream));
    return stack.use(await faultServer(upstream, elsewhere.origin));
  };
  return { stack, folder, serve };
}

/** A lock that approves these files, as an earlier run would have left it. */
function lockOf(releases: readonly Release[]): string {
  const names = [...new Set(releases.map(({ project }) => project))].sort();
  const lines = names.map((name) => {
    const files = releases
      .filter(({ project }) => project === name)
      .map(({ filename, bytes }) => ({ filename, version: filename.split('-')[1], size: bytes.length, hashes: { sha256: sha256(bytes) } }));
    return `    ${JSON.stringify({ name, rule: {}, files })}`;
  });
  return `{\n  "lockVersion": 1,\n  "packages": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/** A destination of the usual kind, with something in it. */
async function uploadTarget(stack: Closing, there: readonly Release[]) {
  const server = stack.use(await uploadServer());
  for (const { project, filename, bytes } of there) server.store(filename, bytes, project);
  const held = (): Promise<Held> => Promise.resolve(new Map(server.files.map(({ filename, bytes }) => [filename, bytes])));
  return { server, held };
}

/** What lies in an index in a folder, and what its pages list of it. */
function folderDestination(folder: Workspace, path: string) {
  const held = async (): Promise<Held> => {
    const files = (await folder.files(path)).filter((file) => file.endsWith('.whl'));
    return new Map(
      await Promise.all(files.map(async (file) => [file.split('/').at(-1) ?? '', await readFile(folder.path(path, file))] as const)),
    );
  };
  const falselyListed = async (): Promise<readonly string[]> => {
    const there = await held();
    const pages = (await folder.files(path)).filter((file) => /simple\/[^/]+\/index\.html$/.test(file));
    const texts = await Promise.all(pages.map((file) => readFile(folder.path(path, file), 'utf8')));
    return texts
      .flatMap((text) => [...text.matchAll(/href="[^"]*\/([^/"#]+\.whl)#sha256=([0-9a-f]{64})"/g)])
      .flatMap(([, filename = '', digest]) => {
        const bytes = there.get(filename);
        return bytes !== undefined && sha256(bytes) === digest ? [] : [filename];
      });
  };
  return { held, falselyListed };
}

const nothingHeld = (): Promise<Held> => Promise.resolve(new Map());

/** Somebody else uploads the subject right before us. */
function rivals(store: (bytes: Buffer) => void, subject: Release): readonly Fault[] {
  const first =
    (bytes: Buffer): Fault['effect'] =>
    async (exchange) => {
      store(bytes);
      exchange.send(await exchange.upstream());
    };
  return [
    { name: 'another client was first, same bytes', effect: first(subject.bytes), times: ['once'] },
    { name: 'another client was first, other bytes', effect: first(Buffer.from('other bytes')), times: ['once'] },
  ];
}

const planSource: Scene = {
  name: 'plan: source page',
  target: 'page',
  wanted: [],
  kept: [],
  siblings: [],
  writes: false,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const faulty = await serve(upstreamOf([alpha10, alpha11, beta]));
    await folder.manifest({ source: `${faulty.origin}/simple/`, destination: './index', packages });
    await folder.write('pkgsync.lock', lockOf([alpha10, alpha11, beta]));
    return staged(stack, { faulty, folder, args: ['plan', '--json'], on: get('/simple/alpha/'), held: nothingHeld });
  },
};

const planDestination: Scene = {
  name: 'plan: destination listing',
  target: 'page',
  wanted: [alpha10, beta, old],
  kept: [alpha10, beta, old],
  siblings: [],
  writes: false,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const source = await serve(upstreamOf([alpha10, alpha11, beta]));
    const target = await uploadTarget(stack, [alpha10, beta, old]);
    const faulty = await serve(throughHttp(target.server.server.origin));
    await folder.manifest({
      source: `${source.origin}/simple/`,
      destination: { type: 'upload', url: `${faulty.origin}/`, server: 'generic' },
      packages,
    });
    await folder.write('pkgsync.lock', lockOf([alpha10, alpha11, beta]));
    return staged(stack, { faulty, folder, args: ['plan', '--json'], on: get('/simple/alpha/'), held: target.held });
  },
};

const planAll: Scene = {
  name: 'plan: list of all projects',
  target: 'list',
  wanted: [],
  kept: [],
  siblings: [],
  writes: false,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const faulty = await serve(upstreamOf([alpha10, alpha11, beta]));
    await folder.manifest({ source: `${faulty.origin}/simple/`, destination: './index', all: true });
    return staged(stack, { faulty, folder, args: ['plan', '--json'], on: get('/simple/'), held: nothingHeld });
  },
};

const planMetadata: Scene = {
  name: 'plan: metadata',
  target: 'metadata',
  wanted: [],
  kept: [],
  siblings: [],
  writes: false,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const faulty = await serve(ofScript(indexScript([alphaNeedy, beta], new Map([[alphaNeedy.filename, needs]]))));
    await folder.manifest({
      source: `${faulty.origin}/simple/`,
      destination: './index',
      packages: { alpha: { version: '*', dependencies: true } },
    });
    const on = get(`${fileOf(alphaNeedy)}.metadata`);
    return staged(stack, { faulty, folder, args: ['plan', '--json'], on, held: nothingHeld });
  },
};

async function directoryStage(on: Strike['on']): Promise<Stage> {
  const { stack, folder, serve } = await begin();
  const faulty = await serve(upstreamOf([alpha10, alpha11, beta]));
  await folder.manifest({ source: `${faulty.origin}/simple/`, destination: './index', packages });
  const { filename, bytes } = old;
  await folder.write(`index/simple/old/${filename}`, bytes);
  return staged(stack, { faulty, folder, args: ['apply', '--yes', '--json'], on, ...folderDestination(folder, 'index') });
}

const applyDownload: Scene = {
  name: 'apply: download',
  target: 'file',
  wanted: [alpha10, alpha11, beta, old],
  kept: [old],
  siblings: [alpha11, beta],
  writes: true,
  open: () => directoryStage(get(fileOf(alpha10))),
};

const applyResume: Scene = {
  ...applyDownload,
  name: 'apply: resumed download',
  target: 'resume',
};

const applyUpload: Scene = {
  name: 'apply: upload',
  target: 'write',
  wanted: [alphaLong, alpha11, beta, old],
  kept: [old],
  siblings: [alpha11, beta],
  writes: true,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const source = await serve(upstreamOf([alphaLong, alpha11, beta]));
    const target = await uploadTarget(stack, [old]);
    const faulty = await serve(throughHttp(target.server.server.origin));
    await folder.manifest({
      source: `${source.origin}/simple/`,
      destination: { type: 'upload', url: `${faulty.origin}/`, server: 'generic' },
      packages,
    });
    const on: Strike['on'] = ({ method, head }) => method === 'POST' && formOf(head, alphaLong);
    const own = rivals((bytes) => target.server.store(alphaLong.filename, bytes, 'alpha'), alphaLong);
    return staged(stack, { faulty, folder, args: ['apply', '--yes', '--json'], on, held: target.held, own });
  },
};

/** Whether a form is the upload of this file, by the fields before it. */
function formOf(head: string, { project, bytes }: Release): boolean {
  return head.includes('file_upload') && head.includes(`\r\n\r\n${project}\r\n`) && head.includes(sha256(bytes));
}

const applyConfirm: Scene = {
  name: 'apply: confirmation',
  target: 'page',
  wanted: [alpha10, alpha11, beta, old],
  kept: [old],
  siblings: [beta],
  writes: true,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const source = await serve(upstreamOf([alpha10, alpha11, beta]));
    const target = await uploadTarget(stack, [old]);
    const faulty = await serve(throughHttp(target.server.server.origin));
    await folder.manifest({
      source: `${source.origin}/simple/`,
      destination: { type: 'upload', url: `${faulty.origin}/`, server: 'generic' },
      packages,
    });
    const complete = (): boolean => [alpha10, alpha11].every(({ filename }) => target.server.bytesOf(filename) !== undefined);
    const on: Strike['on'] = (asked) => complete() && get('/simple/alpha/')(asked);
    return staged(stack, { faulty, folder, args: ['apply', '--yes', '--json'], on, held: target.held });
  },
};

async function devpiStage(there: readonly Release[], prune: string, args: readonly string[], on: Strike['on']) {
  const { stack, folder, serve } = await begin();
  const source = await serve(upstreamOf([alpha10, alpha11, beta]));
  const index = new DevpiIndex();
  for (const one of there) index.files.set(one.filename, one);
  const faulty = await serve(ofScript(index.script));
  await folder.manifest({
    source: `${source.origin}/simple/`,
    destination: { type: 'upload', url: `${faulty.origin}/ci/stage/`, server: 'devpi', prune },
    packages,
  });
  const held = (): Promise<Held> => Promise.resolve(new Map([...index.files].map(([filename, { bytes }]) => [filename, bytes])));
  return staged(stack, { faulty, folder, args, on, held });
}

const applyRegister: Scene = {
  name: 'apply: register',
  target: 'write',
  wanted: [alpha10, alpha11, beta, old],
  kept: [old],
  siblings: [beta],
  writes: true,
  open: () =>
    devpiStage(
      [old],
      'never',
      ['apply', '--yes', '--json'],
      ({ method, head }) => method === 'POST' && head.includes('submit') && head.includes('alpha'),
    ),
};

const applyRemoval: Scene = {
  name: 'apply: removal',
  target: 'removal',
  wanted: [alpha10, alpha11, beta, old],
  kept: [alpha10, old],
  siblings: [alpha11, beta],
  writes: true,
  open: () => devpiStage([alpha10, extra, old], 'exact', ['apply', '--yes', '--json'], ({ method }) => method === 'DELETE'),
};

const driftListing: Scene = {
  name: 'drift: destination listing',
  target: 'page',
  wanted: [alpha10, alpha11, beta, old],
  kept: [alpha10, alpha11, beta, old],
  siblings: [],
  writes: false,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const source = await serve(upstreamOf([alpha10, alpha11, beta]));
    const target = await uploadTarget(stack, [alpha10, alpha11, beta, old]);
    const faulty = await serve(throughHttp(target.server.server.origin));
    await folder.manifest({
      source: `${source.origin}/simple/`,
      destination: { type: 'upload', url: `${faulty.origin}/`, server: 'generic' },
      packages,
    });
    await folder.write('pkgsync.lock', lockOf([alpha10, alpha11, beta]));
    return staged(stack, { faulty, folder, args: ['drift', '--json'], on: get('/simple/alpha/'), held: target.held });
  },
};

const oneShotSync: Scene = {
  name: 'sync: source page',
  forgets: true,
  target: 'page',
  wanted: [alpha10, alpha11, beta, old],
  kept: [old],
  siblings: [beta],
  writes: true,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const faulty = await serve(upstreamOf([alpha10, alpha11, beta]));
    const target = await uploadTarget(stack, [old]);
    const ends = ['--source-url', `${faulty.origin}/simple/`, '--destination-url', target.server.url, '--destination-server', 'generic'];
    return staged(stack, {
      faulty,
      folder,
      args: ['sync', 'alpha', 'beta', ...ends, '--json'],
      on: get('/simple/alpha/'),
      held: target.held,
    });
  },
};

const oneShotDownload: Scene = {
  name: 'download: file',
  target: 'file',
  wanted: [alpha10, alpha11, beta],
  kept: [],
  siblings: [alpha11, beta],
  writes: true,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const faulty = await serve(upstreamOf([alpha10, alpha11, beta]));
    const args = ['download', 'alpha', 'beta', '--to', 'wheels', '--source-url', `${faulty.origin}/simple/`, '--json'];
    const held = async (): Promise<Held> => {
      const names = (await folder.files('wheels')).filter((name) => name.endsWith('.whl') && !name.startsWith('.'));
      return new Map(await Promise.all(names.map(async (name) => [name, await readFile(folder.path('wheels', name))] as const)));
    };
    return staged(stack, { faulty, folder, args, on: get(fileOf(alpha10)), held });
  },
};

const oneShotUpload: Scene = {
  name: 'upload: file',
  target: 'write',
  wanted: [alphaLong, alpha11, beta, old],
  kept: [old],
  siblings: [alpha11, beta],
  writes: true,
  open: async () => {
    const { stack, folder, serve } = await begin();
    const target = await uploadTarget(stack, [old]);
    const faulty = await serve(throughHttp(target.server.server.origin));
    for (const { filename, bytes } of [alphaLong, alpha11, beta]) await folder.write(`dist/${filename}`, bytes);
    const files = (await readdir(folder.path('dist'))).sort().map((name) => `dist/${name}`);
    const on: Strike['on'] = ({ method, head }) => method === 'POST' && formOf(head, alphaLong);
    const own = rivals((bytes) => target.server.store(alphaLong.filename, bytes, 'alpha'), alphaLong);
    const ends = ['--destination-url', `${faulty.origin}/`, '--server', 'generic', '-u', 'ci', '-p', 'secret'];
    return staged(stack, { faulty, folder, args: ['upload', ...files, ...ends, '--json'], on, held: target.held, own });
  },
};

/** All operations, in the order of the table. */
export const scenes: readonly Scene[] = [
  planSource,
  planDestination,
  planAll,
  planMetadata,
  applyDownload,
  applyResume,
  applyUpload,
  applyRegister,
  applyConfirm,
  applyRemoval,
  driftListing,
  oneShotSync,
  oneShotDownload,
  oneShotUpload,
];

/** Every file that anybody offers, for judging bytes. */
export const offered: readonly Release[] = [alpha10, alpha11, beta, old, alphaLong, extra, alphaNeedy];

function staged(stack: Closing, stage: Omit<Stage, typeof Symbol.asyncDispose>): Stage {
  return { ...stage, [Symbol.asyncDispose]: () => stack.close() };
}
