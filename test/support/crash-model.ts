import type { Tree } from './served-tree.ts';

/*
 * What a disk may hold after the power went. The model is harsher than common file systems: after a crash a name in a folder is as it was when the folder
 * was last synced, or as after any change since, each name for itself; a file's content is as it was when the file was last synced, or as after any
 * write since. An open file that has no name is lost.
 */

export type NodeId = number;

/** One change of the disk, as it was done. */
export type DiskOperation =
  /** A name in a folder now means this node, or nothing. */
  | { readonly op: 'name'; readonly folder: NodeId; readonly name: string; readonly node: NodeId | undefined; readonly what: string }
  | { readonly op: 'content'; readonly node: NodeId; readonly content: Uint8Array; readonly what: string }
  | { readonly op: 'sync'; readonly node: NodeId; readonly what: string };

export interface DiskStart {
  readonly root: NodeId;
  readonly folders: ReadonlyMap<NodeId, ReadonlyMap<string, NodeId>>;
  readonly contents: ReadonlyMap<NodeId, Uint8Array>;
}

/** Picks one of `count` states, 0 being what is surely there and the last one what a reader saw before the crash. */
export type Chooser = (count: number) => number;

export const onlySynced: Chooser = () => 0;
export const everything: Chooser = (count) => count - 1;

/** A disk while operations are done to it: everything that each name and file may turn out to be. */
export class CrashingDisk {
  readonly #root: NodeId;
  readonly #names = new Map<NodeId, Map<string, (NodeId | undefined)[]>>();
  readonly #contents = new Map<NodeId, Uint8Array[]>();

  constructor(start: DiskStart) {
    this.#root = start.root;
    for (const [folder, names] of start.folders) this.#names.set(folder, new Map([...names].map(([name, node]) => [name, [node]])));
    for (const [node, content] of start.contents) this.#contents.set(node, [content]);
  }

  do(operation: DiskOperation): void {
    switch (operation.op) {
      case 'name': {
        const names = this.#namesOf(operation.folder);
        const states = names.get(operation.name) ?? [undefined];
        names.set(operation.name, [...states, operation.node]);
        return;
      }
      case 'content':
        this.#contents.set(operation.node, [...(this.#contents.get(operation.node) ?? [new Uint8Array()]), operation.content]);
        return;
      case 'sync': {
        const contents = this.#contents.get(operation.node);
        if (contents !== undefined) this.#contents.set(operation.node, contents.slice(-1));
        const names = this.#names.get(operation.node);
        for (const [name, states] of names ?? []) names?.set(name, states.slice(-1));
      }
    }
  }

  /** What is found after a crash now. */
  after(choose: Chooser): Tree {
    const tree = new Map<string, Uint8Array>();
    const walk = (folder: NodeId, path: string): void => {
      for (const [name, states] of this.#names.get(folder) ?? []) {
        const node = states[choose(states.length)];
        if (node === undefined) continue;
        const here = path === '' ? name : `${path}/${name}`;
        const contents = this.#contents.get(node);
        if (contents === undefined) walk(node, here);
        else tree.set(here, contents[choose(contents.length)] ?? new Uint8Array());
      }
    };
    walk(this.#root, '');
    return tree;
  }

  #namesOf(folder: NodeId): Map<string, (NodeId | undefined)[]> {
    const names = this.#names.get(folder) ?? new Map<string, (NodeId | undefined)[]>();
    this.#names.set(folder, names);
    return names;
  }
}

/** A repeatable chooser: every state may come, the oldest and the newest more often. */
export function seededChooser(seed: number): Chooser {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  return (count) => Math.floor(next() * count);
}
