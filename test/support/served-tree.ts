import { createHash } from 'node:crypto';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** Contents by path, relative to the root of an index on disk, with `/`. */
export type Tree = ReadonlyMap<string, Uint8Array>;

/** Everything below `folder` that is a regular file. */
export async function treeOf(folder: string): Promise<Tree> {
  const tree = new Map<string, Uint8Array>();
  const walk = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(folder, below))).sort()) {
      const path = posix.join(below, name);
      const state = await lstat(join(folder, path));
      if (state.isDirectory()) await walk(path);
      else if (state.isFile()) tree.set(path, await readFile(join(folder, path)));
    }
  };
  await walk('');
  return tree;
}

/** What a web server would show of it: nothing whose name begins with a dot. */
export function servedOf(tree: Tree): Tree {
  return new Map([...tree].filter(([path]) => !path.split('/').some((part) => part.startsWith('.'))));
}

/**
 * What is wrong with an index on disk as installers would see it, one sentence each: pages that list what is not there, or with other bytes, and
 * files that are not whole. It reads pages as installers do and knows nothing of pkgsync's own reading and writing.
 * @param known sha256 of the whole contents that a file of this name may have
 */
export function problemsOf(tree: Tree, known: (filename: string) => ReadonlySet<string>): readonly string[] {
  const served = servedOf(tree);
  return [...rootProblems(served), ...pageProblems(served), ...fileProblems(served, known)];
}

/** Names of the files that pages list, each as `representation path`. */
export function listedFiles(tree: Tree): readonly string[] {
  return pagesOf(servedOf(tree)).flatMap(({ links }) => links.map(({ target }) => posix.basename(target)));
}

interface Link {
  /** Path of the file from the root of the index. */
  readonly target: string;
  readonly hashes: Readonly<Record<string, string>>;
  readonly size?: number | undefined;
  /** Digests of the companion, where the page promises one. */
  readonly companion?: Readonly<Record<string, string>> | undefined;
}

function rootProblems(tree: Tree): readonly string[] {
  const html = text(tree, 'simple/index.html');
  const json = text(tree, 'simple/index.v1_json');
  const projects = json === undefined ? [] : (JSON.parse(json) as { projects: readonly { name: string }[] }).projects;
  const names = [...anchorsOf(html ?? '').map(({ href }) => href.replace(/\/$/, '')), ...projects.map(({ name }) => name)];
  return names.flatMap((name) =>
    ['index.html', 'index.v1_json']
      .filter((page) => !tree.has(`simple/${name}/${page}`))
      .map((page) => `the root page lists ${name}, which has no ${page}`),
  );
}

function pageProblems(tree: Tree): readonly string[] {
  return pagesOf(tree).flatMap(({ page, links }) =>
    links.flatMap(({ target, hashes, size, companion }) => [
      ...contentProblems(tree, `${page} lists ${target}`, target, hashes, size),
      ...(companion === undefined
        ? []
        : contentProblems(tree, `${page} lists ${target}.metadata`, `${target}.metadata`, companion, undefined)),
    ]),
  );
}

function pagesOf(tree: Tree): readonly { readonly page: string; readonly links: readonly Link[] }[] {
  return [...tree.keys()].flatMap((page) => {
    const [, representation] = /^simple\/[^/]+\/index\.(html|v1_json)$/.exec(page) ?? [];
    if (representation === undefined) return [];
    const content = text(tree, page) ?? '';
    return [{ page, links: representation === 'html' ? htmlLinks(page, content) : jsonLinks(page, content) }];
  });
}

function htmlLinks(page: string, html: string): readonly Link[] {
  return anchorsOf(html).map(({ href, attributes }) => {
    const [path = '', fragment = ''] = href.split('#');
    const promised = /data-(?:core|dist-info)-metadata="([^"]*)"/.exec(attributes)?.[1];
    return {
      target: posix.join(posix.dirname(page), decodeURIComponent(path)),
      hashes: digestsIn(fragment),
      companion: promised === undefined ? undefined : digestsIn(promised),
    };
  });
}

function jsonLinks(page: string, json: string): readonly Link[] {
  const { files } = JSON.parse(json) as {
    files: readonly { url: string; hashes: Record<string, string>; size?: number; 'core-metadata'?: boolean | Record<string, string> }[];
  };
  return files.map(({ url, hashes, size, 'core-metadata': metadata }) => ({
    target: posix.join(posix.dirname(page), decodeURIComponent(url)),
    hashes,
    size,
    companion: metadata === undefined || metadata === false ? undefined : metadata === true ? {} : metadata,
  }));
}

function contentProblems(
  tree: Tree,
  what: string,
  path: string,
  hashes: Readonly<Record<string, string>>,
  size: number | undefined,
): readonly string[] {
  const bytes = tree.get(path);
  if (bytes === undefined) return [`${what}, which is not there`];
  const wrong = Object.entries(hashes).filter(([algorithm, hex]) => digestOf(algorithm, bytes) !== hex);
  return [
    ...wrong.map(([algorithm]) => `${what} with another ${algorithm}`),
    ...(size !== undefined && size !== bytes.length ? [`${what} with another size`] : []),
  ];
}

function fileProblems(tree: Tree, known: (filename: string) => ReadonlySet<string>): readonly string[] {
  return [...tree].flatMap(([path, bytes]) => {
    if (!path.startsWith('packages/') || path.endsWith('.metadata')) return [];
    return known(posix.basename(path)).has(digestOf('sha256', bytes)) ? [] : [`${path} is not whole`];
  });
}

function anchorsOf(html: string): readonly { readonly href: string; readonly attributes: string }[] {
  return [...html.matchAll(/<a href="([^"]*)"([^>]*)>/g)].map(([, href = '', attributes = '']) => ({
    href: href.replaceAll('&amp;', '&'),
    attributes,
  }));
}

function digestsIn(written: string): Readonly<Record<string, string>> {
  const [, algorithm, hex] = /^([a-z0-9]+)=([0-9a-f]+)$/.exec(written) ?? [];
  return algorithm === undefined || hex === undefined ? {} : { [algorithm]: hex };
}

function text(tree: Tree, path: string): string | undefined {
  const bytes = tree.get(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

const digests = new WeakMap<Uint8Array, Map<string, string>>();

/** Remembered by buffer: a model of crashes looks at the same bytes thousands of times. */
function digestOf(algorithm: string, bytes: Uint8Array): string {
  const own = digests.get(bytes) ?? new Map<string, string>();
  digests.set(bytes, own);
  const hex = own.get(algorithm) ?? createHash(algorithm).update(bytes).digest('hex');
  own.set(algorithm, hex);
  return hex;
}
