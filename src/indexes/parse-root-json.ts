import { PkgsyncError, redactUrl } from '../errors.ts';
import { isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { checkApiVersion } from './api-version.ts';
import { JsonElements, readingJson, wholeJson } from './json-elements.ts';
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
  readonly #document: JsonElements;
  #names: PackageName[] = [];
  #kind: 'projects' | 'files' | undefined;
  #nameless = 0;
  #blank = true;

  constructor(at: { readonly url: string }) {
    this.#label = redactUrl(at.url);
    this.#document = new JsonElements(['projects', 'files'], {
      onBegin: (key) => {
        this.#kind ??= key === 'projects' ? 'projects' : 'files';
        if (key !== 'projects') return;
        this.#names = [];
        this.#nameless = 0;
      },
      onElements: (key, entries) => {
        if (key === 'projects') for (const entry of entries) this.#take(entry);
      },
    });
  }

  write(chunk: Uint8Array): void {
    this.#blank &&= chunk.length === 0;
    readingJson(this.#label, () => this.#document.write(chunk));
  }

  kind(): 'projects' | 'files' | undefined {
    return this.#kind;
  }

  end(): RootList {
    if (this.#blank) throw this.#notAList('it is empty');
    const page = wholeJson(this.#label, this.#document);
    if (!isObject(page) || !Array.isArray(page['projects'])) {
      throw this.#notAList(this.#kind === 'files' ? 'it is a page of one project' : 'it has no list of projects');
    }
    const meta = page['meta'];
    const { warnings } = checkApiVersion(isObject(meta) ? meta['api-version'] : undefined, this.#label);
    if (this.#nameless === 0) return { names: this.#names, warnings };
    return { names: this.#names, warnings: [...warnings, `${this.#label} has ${this.#nameless} entries without a valid project name`] };
  }

  #take(entry: unknown): void {
    const name = isObject(entry) ? entry['name'] : undefined;
    if (typeof name === 'string' && isValidName(name)) this.#names.push(normalizeName(name));
    else this.#nameless += 1;
  }

  #notAList(because: string): PkgsyncError {
    return new PkgsyncError('BAD_RESPONSE', `${this.#label} is no project list of a simple index: ${because}`, { retryable: 'later' });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
