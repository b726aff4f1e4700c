import { isPkgsyncError, PkgsyncError, redactUrl } from '../errors.ts';
import { isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { checkApiVersion } from './api-version.ts';
import { JsonTokens } from './json-tokens.ts';
import type { RootList, RootReader } from './root-list.ts';

/**
 * The projects of a JSON project list, read in chunks: the list of PyPI has tens of megabytes. Entries without a valid name are counted in a
 * warning. https://packaging.python.org/en/latest/specifications/simple-repository-api/#project-list
 * @throws PkgsyncError BAD_RESPONSE for what is no project list, or only the beginning of one
 */
export async function parseRootJson(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  at: { readonly url: string },
): Promise<RootList> {
  const reader = new RootJson(at);
  for await (const chunk of body) reader.write(chunk);
  return reader.end();
}

export class RootJson implements RootReader {
  readonly #label: string;
  readonly #names: PackageName[] = [];
  readonly #tokens: JsonTokens;
  #kind: 'projects' | 'files' | undefined;
  #name: unknown;
  #nameless = 0;
  #apiVersion: unknown;
  #blank = true;

  constructor(at: { readonly url: string }) {
    this.#label = redactUrl(at.url);
    this.#tokens = new JsonTokens({
      onOpen: (path, kind) => this.#onOpen(path, kind),
      onClose: (path) => this.#onClose(path),
      onScalar: (path, value) => this.#onScalar(path, value),
    });
  }

  write(chunk: Uint8Array): void {
    this.#blank &&= chunk.length === 0;
    this.#guarded(() => this.#tokens.write(chunk));
  }

  kind(): 'projects' | 'files' | undefined {
    return this.#kind;
  }

  end(): RootList {
    if (this.#blank) throw this.#notAList('it is empty');
    this.#guarded(() => this.#tokens.end());
    if (this.#kind !== 'projects')
      throw this.#notAList(this.#kind === 'files' ? 'it is a page of one project' : 'it has no list of projects');
    const { warnings } = checkApiVersion(this.#apiVersion, this.#label);
    if (this.#nameless === 0) return { names: this.#names, warnings };
    return { names: this.#names, warnings: [...warnings, `${this.#label} has ${this.#nameless} entries without a valid project name`] };
  }

  #onOpen(path: readonly string[], kind: 'object' | 'array'): void {
    if (path.length === 1 && kind === 'array' && (path[0] === 'projects' || path[0] === 'files')) this.#kind ??= path[0];
    if (isEntry(path)) this.#name = undefined;
  }

  #onClose(path: readonly string[]): void {
    if (isEntry(path)) this.#take(this.#name);
  }

  #onScalar(path: readonly string[], value: unknown): void {
    if (path.length === 3 && path[0] === 'projects' && path[1] === '*' && path[2] === 'name') this.#name = value;
    else if (isEntry(path)) this.#take(undefined);
    else if (path.length === 2 && path[0] === 'meta' && path[1] === 'api-version') this.#apiVersion = value;
  }

  #take(name: unknown): void {
    if (typeof name === 'string' && isValidName(name)) this.#names.push(normalizeName(name));
    else this.#nameless += 1;
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (isPkgsyncError(error)) throw error;
      throw new PkgsyncError('BAD_RESPONSE', `${this.#label} is not a whole JSON document`, { cause: error });
    }
  }

  #notAList(because: string): PkgsyncError {
    return new PkgsyncError('BAD_RESPONSE', `${this.#label} is no project list of a simple index: ${because}`);
  }
}

function isEntry(path: readonly string[]): boolean {
  return path.length === 2 && path[0] === 'projects' && path[1] === '*';
}
