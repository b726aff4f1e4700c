import type { FileHandle } from 'node:fs/promises';
import * as real from 'node:fs/promises';
import { readFileSync, readdirSync, lstatSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { DiskOperation, DiskStart, NodeId } from './crash-model.ts';

/** `node:fs/promises` with a record of what it does below one folder. */
export interface RecordingFiles {
  /** To stand in for the module. */
  readonly module: Record<string, unknown>;
  /** Takes what lies in `root` now as safely stored and records from here on. */
  start(root: string): DiskStart;
  readonly operations: readonly DiskOperation[];
  /** After the first operation of such a description every call fails, as if the process were dead. Undefined: all go well again. */
  killAfter(what: RegExp | undefined): void;
}

type AnyFunction = (...args: never[]) => unknown;

/** Calls that change nothing on disk. Any other that is not recorded is an error, so that none is missed. */
const reading = [
  'access',
  'lstat',
  'stat',
  'statfs',
  'readFile',
  'readdir',
  'readlink',
  'realpath',
  'opendir',
  'chmod',
  'utimes',
  'constants',
];

export function recordingFiles(): RecordingFiles {
  const recorder = new Recorder();
  const recorded: Record<string, AnyFunction> = {
    open: (path: string, flags?: string | number, mode?: number) => recorder.open(path, flags, mode),
    mkdir: (path: string, options?: { recursive?: boolean }) => recorder.mkdir(path, options),
    mkdtemp: async (prefix: string) => {
      const path = await real.mkdtemp(prefix);
      recorder.named(path, 'folder');
      return path;
    },
    writeFile: async (path: string, data: string | Uint8Array, options?: never) => {
      await real.writeFile(path, data, options);
      recorder.named(path, 'file');
      recorder.content(path);
    },
    link: async (from: string, to: string) => {
      await real.link(from, to);
      recorder.linked(from, to);
    },
    rename: async (from: string, to: string) => {
      const node = recorder.nodeAt(from);
      await real.rename(from, to);
      recorder.renamed(node, from, to);
    },
    unlink: async (path: string) => {
      await real.unlink(path);
      recorder.gone(path);
    },
    rmdir: async (path: string) => {
      await real.rmdir(path);
      recorder.gone(path);
    },
    rm: async (path: string, options?: never) => {
      await real.rm(path, options);
      recorder.gone(path);
    },
  };
  const others = Object.keys(real).filter((name) => !(name in recorded) && !reading.includes(name));
  const forbidden = Object.fromEntries(
    others.map((name) => [
      name,
      () => {
        throw new Error(`${name} is not recorded: teach test/support/recording-files.ts`);
      },
    ]),
  );
  const module = { ...(real as Record<string, unknown>), ...forbidden, ...mapped(recorded, (call) => recorder.whileAlive(call)) };
  return {
    module: { ...module, default: module },
    start: (root) => recorder.start(root),
    operations: recorder.operations,
    killAfter: (what) => recorder.killAfter(what),
  };
}

function mapped(calls: Record<string, AnyFunction>, wrap: (call: AnyFunction) => AnyFunction): Record<string, AnyFunction> {
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, wrap(call)]));
}

class Recorder {
  readonly operations: DiskOperation[] = [];
  readonly #folders = new Map<NodeId, Map<string, NodeId>>();
  readonly #files = new Set<NodeId>();
  #root: string | undefined;
  #count = 0;
  #last: RegExp | undefined;
  #dead = false;

  killAfter(what: RegExp | undefined): void {
    this.#last = what;
    this.#dead = false;
  }

  whileAlive(call: AnyFunction): AnyFunction {
    return async (...args) => {
      if (this.#dead) throw new Error('killed');
      return await call(...args);
    };
  }

  start(root: string): DiskStart {
    this.#root = root;
    this.operations.length = 0;
    this.#folders.clear();
    this.#files.clear();
    const contents = new Map<NodeId, Uint8Array>();
    const load = (path: string): NodeId => {
      const node = (this.#count += 1);
      if (lstatSync(path).isDirectory()) {
        const names = new Map<string, NodeId>();
        this.#folders.set(node, names);
        for (const name of readdirSync(path)) names.set(name, load(join(path, name)));
      } else {
        this.#files.add(node);
        contents.set(node, readFileSync(path));
      }
      return node;
    };
    const top = load(root);
    return { root: top, folders: new Map([...this.#folders].map(([id, names]) => [id, new Map(names)])), contents };
  }

  nodeAt(path: string): NodeId | undefined {
    const parts = this.#partsOf(path);
    if (parts === undefined) return undefined;
    let node: NodeId | undefined = this.#folders.keys().next().value;
    for (const part of parts) node = node === undefined ? undefined : this.#folders.get(node)?.get(part);
    return node;
  }

  named(path: string, type: 'file' | 'folder'): void {
    if (this.#partsOf(path) === undefined || this.nodeAt(path) !== undefined) return;
    const node = (this.#count += 1);
    if (type === 'folder') this.#folders.set(node, new Map());
    else {
      this.#files.add(node);
      this.#push({ op: 'content', node, content: new Uint8Array(), what: `create ${this.#show(path)}` });
    }
    this.#set(path, node, `${type === 'folder' ? 'mkdir' : 'create'} ${this.#show(path)}`);
  }

  content(path: string): void {
    const node = this.nodeAt(path);
    if (node !== undefined) this.#push({ op: 'content', node, content: readFileSync(path), what: `write ${this.#show(path)}` });
  }

  linked(from: string, to: string): void {
    const node = this.nodeAt(from);
    if (node !== undefined) this.#set(to, node, `link ${this.#show(to)}`);
  }

  renamed(node: NodeId | undefined, from: string, to: string): void {
    if (node === undefined) return;
    this.#set(to, node, `rename to ${this.#show(to)}`);
    this.#set(from, undefined, `rename from ${this.#show(from)}`);
  }

  gone(path: string): void {
    if (this.nodeAt(path) !== undefined) this.#set(path, undefined, `remove ${this.#show(path)}`);
  }

  async mkdir(path: string, options?: { recursive?: boolean }): Promise<string | undefined> {
    const first = await real.mkdir(path, options);
    const missing: string[] = [];
    for (let at = path; this.#partsOf(at) !== undefined && this.nodeAt(at) === undefined; at = dirname(at)) missing.unshift(at);
    for (const one of missing) this.named(one, 'folder');
    return first;
  }

  async open(path: string, flags: string | number = 'r', mode?: number): Promise<FileHandle> {
    const handle = await real.open(path, flags, mode);
    this.named(path, 'file');
    const node = this.nodeAt(path);
    if (node === undefined) return handle;
    const shown = this.#show(path);
    // Read through a second handle: the name may be gone or mean something else by the time of a write.
    const now = async (): Promise<Uint8Array> => {
      const { size } = await handle.stat();
      const bytes = Buffer.alloc(size);
      if (size > 0) await handle.read(bytes, 0, size, 0).catch(() => readable(path, bytes));
      return bytes;
    };
    const changing = ['write', 'writev', 'writeFile', 'appendFile', 'truncate'];
    return new Proxy(handle, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        const call = value as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (this.#dead && key !== 'close') throw new Error('killed');
          const result = await call.apply(target, args);
          if (changing.includes(String(key))) this.#push({ op: 'content', node, content: await now(), what: `write ${shown}` });
          if (key === 'sync' || key === 'datasync') this.#push({ op: 'sync', node, what: `sync ${shown}` });
          return result;
        };
      },
    });
  }

  #set(path: string, node: NodeId | undefined, what: string): void {
    const folder = this.nodeAt(dirname(path));
    if (folder === undefined) return;
    const names = this.#folders.get(folder);
    if (node === undefined) names?.delete(basename(path));
    else names?.set(basename(path), node);
    this.#push({ op: 'name', folder, name: basename(path), node, what });
  }

  #push(operation: DiskOperation): void {
    this.operations.push(operation);
    if (this.#last?.test(operation.what) === true) this.#dead = true;
  }

  /** Undefined for what lies elsewhere. */
  #partsOf(path: string): readonly string[] | undefined {
    if (this.#root === undefined) return undefined;
    const below = relative(this.#root, path);
    if (below === '') return [];
    return below === '..' || below.startsWith(`..${sep}`) ? undefined : below.split(sep);
  }

  #show(path: string): string {
    return relative(this.#root ?? '', path);
  }
}

/** A file that was opened for writing only is read by its name. */
async function readable(path: string, into: Buffer): Promise<void> {
  (await real.readFile(path)).copy(into);
}
