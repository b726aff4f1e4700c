import fc from 'fast-check';
import { parseCoreMetadata } from '../../src/archive/core-metadata.ts';
import { parseRawMetadata } from '../../src/archive/raw-metadata.ts';
import { validateRawMetadata } from '../../src/archive/validate-metadata.ts';
import { parseHtmlPage, parseProjectHtml } from '../../src/indexes/parse-html.ts';
import { parseJsonPage, parseProjectJson } from '../../src/indexes/parse-json.ts';
import { parseRootHtml } from '../../src/indexes/parse-root-html.ts';
import { parseRootJson } from '../../src/indexes/parse-root-json.ts';
import type { ProjectFiles } from '../../src/indexes/project-files.ts';
import { isSafeFilename } from '../../src/packaging/filename.ts';
import { isNormalizedName, normalizeName } from '../../src/packaging/name.ts';
import { bytesOf, type PageVector } from '../support/page-vectors.ts';
import { loadVectors } from '../support/vectors.ts';
import { metadataBytes } from '../vectors/metadata.ts';
import { bytesNear } from './inputs.ts';
import { holds, settledOr, surface, valueOr, type Surface } from './surface.ts';

const url = 'https://idx.example.com/simple/foo/';
const name = normalizeName('foo');
const pages = (file: string): readonly Uint8Array[] => loadVectors<PageVector>(file).map(bytesOf);
const metadata = loadVectors<{ id: string; text?: string; base64?: string }>('metadata.json').map(metadataBytes);

const metadataTokens = [
  ...[
    'Metadata-Version: 2.1\n',
    'Name: foo\n',
    'Version: 1\n',
    'Name',
    'Project-URL',
    ':',
    ' ',
    '\n',
    '\r',
    '\r\n',
    '\t',
    'From x\n',
    'x',
    ',',
  ],
  ...[
    '\u00e9',
    '\ufeff',
    'Description: x\n',
    '       |',
    'UNKNOWN',
    'Requires-Dist: a\n',
    'Content-Transfer-Encoding: base64\n',
    '=',
    '=C3',
  ],
  ...['Content-Type: multipart/x; boundary=x\n', '--x\n', 'License-Expression: MIT\n', 'Summary: '],
];
const htmlTokens = [
  ...[
    '<',
    '>',
    '"',
    "'",
    '<a href=',
    '<a href="foo-1.0.zip">',
    '</a>',
    'foo-1.0.zip',
    '#sha256=',
    '&',
    '&gt',
    '&#',
    '</',
    '<!--',
    '-->',
    '=',
  ],
  ...[
    '<base href=',
    '<meta charset=',
    '<meta name="pypi:repository-version" content="1.0">',
    '\0',
    ' ',
    '\n',
    '<title>',
    'Links for',
    '<script>',
  ],
  ...['data-yanked', 'data-requires-python=', 'http://[', 'javascript:', '%00', '%2F', '<!DOCTYPE', '<?', '<![CDATA[', ']]>', '<svg>', '/'],
];
const jsonTokens = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    '\\',
    '\\u',
    'null',
    'true',
    '1e999',
    '-',
    '"files":',
    '"filename":',
    '"foo-1.0.zip"',
    '"url":',
    '"hashes":',
  ],
  ...[
    '"meta":',
    '"api-version":',
    '"1.0"',
    '"__proto__":',
    '"projects":',
    '"name":',
    '"yanked":',
    '"core-metadata":',
    ' ',
    '\n',
    '0',
    '\ufeff',
  ],
];

/** Pieces in which a document comes over the network. */
const chunkSize = fc.constantFrom(1, 7, 1000, 1_000_000);

function* chunks(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  // More than a thousand pieces would measure the generator.
  const step = Math.max(size, Math.ceil(bytes.length / 1000));
  for (let start = 0; start < bytes.length; start += step) yield bytes.subarray(start, start + step);
}

function checkFiles({ files }: ProjectFiles): void {
  const every = files.every(
    ({ filename, url: at }) => isSafeFilename(filename) && /^https?:\/\//.test(at) && !/^https?:\/\/[^/]*@/.test(at),
  );
  holds('files have safe names and plain http addresses without credentials', every);
  holds('a filename stands once', new Set(files.map(({ filename }) => filename)).size === files.length);
}

export const documentSurfaces: readonly Surface[] = [
  surface({
    name: 'metadata',
    weight: 12,
    inputs: bytesNear(metadata, metadataTokens),
    check: (bytes) => {
      validateRawMetadata(parseRawMetadata(bytes));
      const read = valueOr('METADATA_INVALID', () => parseCoreMetadata(bytes));
      if (read === undefined) return;
      const texts: readonly unknown[] = Object.values(read).flat();
      const bad = texts.filter((text) => typeof text === 'string' && (text === 'UNKNOWN' || text === '' || /\p{Cs}/u.test(text)));
      holds('no value is empty, UNKNOWN or half a character', bad.length === 0);
    },
  }),
  surface({
    name: 'HTML pages',
    weight: 4,
    inputs: fc.tuple(
      bytesNear(pages('simple-html.json'), htmlTokens),
      fc.constantFrom(undefined, 'text/html', 'text/html; charset=utf-16le', 'text/html; charset=x', 'application/vnd.pypi.simple.v1+html'),
    ),
    check: ([bytes, contentType]) => {
      valueOr('BAD_RESPONSE', () => parseHtmlPage(bytes, { url, contentType }));
      const files = valueOr('BAD_RESPONSE', () => parseProjectHtml(bytes, { url, contentType, name }));
      if (files !== undefined) checkFiles(files);
    },
  }),
  surface({
    name: 'JSON pages',
    weight: 4,
    inputs: bytesNear(pages('simple-json.json'), jsonTokens).map((bytes) => Buffer.from(bytes).toString('utf8')),
    check: (text) => {
      valueOr('BAD_RESPONSE', () => parseJsonPage(text, { url }));
      const files = valueOr('BAD_RESPONSE', () => parseProjectJson(text, { url, name }));
      if (files !== undefined) checkFiles(files);
    },
  }),
  surface({
    name: 'HTML project lists',
    weight: 2,
    inputs: fc.tuple(bytesNear(pages('simple-html.json'), htmlTokens), chunkSize),
    check: async ([bytes, size]) => {
      const list = await settledOr('BAD_RESPONSE', parseRootHtml(chunks(bytes, size), { url, contentType: 'text/html' }));
      holds('projects have names in normal form', list?.names.every(isNormalizedName) ?? true);
    },
  }),
  surface({
    name: 'JSON project lists',
    weight: 2,
    inputs: fc.tuple(bytesNear(pages('simple-json.json'), jsonTokens), chunkSize),
    check: async ([bytes, size]) => {
      const list = await settledOr('BAD_RESPONSE', parseRootJson(chunks(bytes, size), { url }));
      holds('projects have names in normal form', list?.names.every(isNormalizedName) ?? true);
    },
  }),
];
