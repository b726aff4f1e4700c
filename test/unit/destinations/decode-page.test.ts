import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { decodeProjectJson, decodeRootJson } from '../../../src/destinations/decode-page.ts';
import type { PageFile, ProjectPage } from '../../../src/destinations/project-page.ts';
import { renderProjectHtml, renderProjectJson, renderRootJson } from '../../../src/destinations/render-page.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { hex, page, pageFile } from '../../support/page-builders.ts';

const name = normalizeName('my-pkg');

describe('decodeProjectJson', () => {
  it('reads back any page that was rendered', () => {
    fc.assert(
      fc.property(anyPage(), (rendered) =>
        expect(decodeProjectJson(renderProjectJson(rendered), rendered.name)).toEqual(asShown(rendered)),
      ),
    );
  });

  it('reads a page of another program, whose unknown keys do not matter', () => {
    const text = JSON.stringify({
      meta: { 'api-version': '1.3', '_last-serial': 1 },
      name: 'My.Pkg',
      files: [
        {
          filename: 'my_pkg-1.0.tar.gz',
          url: 'https://files.example/my_pkg-1.0.tar.gz',
          hashes: { SHA256: 'x', sha256: hex('A'), blake2b: '00' },
          'requires-python': '',
          'upload-time': '',
          yanked: '',
          size: 5,
          provenance: null,
        },
      ],
    });
    expect(decodeProjectJson(text, name)?.files).toEqual([
      { filename: 'my_pkg-1.0.tar.gz', version: '1.0', hashes: { sha256: hex('a') }, size: 5, yanked: false },
    ]);
  });

  it('leaves out entries that are no distribution of the project, and values of the wrong type', () => {
    const files = [
      null,
      'my_pkg-1.0.tar.gz',
      {},
      { filename: 7 },
      { filename: '../my_pkg-1.0.tar.gz' },
      { filename: 'other-1.0.tar.gz' },
      {
        filename: 'my_pkg-1.0.tar.gz',
        hashes: [],
        size: -1,
        'requires-python': 3,
        'upload-time': {},
        yanked: null,
        'core-metadata': 'yes',
      },
      { filename: 'my_pkg-1.1.tar.gz', size: 1.5, yanked: true, 'core-metadata': true },
    ];
    expect(decodeProjectJson(JSON.stringify({ files }), name)?.files).toEqual([
      { filename: 'my_pkg-1.0.tar.gz', version: '1.0', hashes: {}, yanked: false },
      { filename: 'my_pkg-1.1.tar.gz', version: '1.1', hashes: {}, yanked: { reason: '' }, coreMetadata: {} },
    ]);
  });

  it.each(['', '{', '[]', 'null', '7', '{}', '{"files":{}}', '<html></html>', '{"files":[]'])(
    'answers undefined for %j, which is no page',
    (text) => {
      expect(decodeProjectJson(text, name)).toBeUndefined();
    },
  );

  it('is not fooled by the names of object properties', () => {
    const text = '{"files":[{"filename":"my_pkg-1.0.tar.gz","__proto__":{"yanked":"x"},"hashes":{"__proto__":{"sha256":"a"}}}]}';
    expect(decodeProjectJson(text, name)?.files).toEqual([{ filename: 'my_pkg-1.0.tar.gz', version: '1.0', hashes: {}, yanked: false }]);
  });
});

describe('a rendered HTML page, parsed as HTML', () => {
  it('says what the page says', () => {
    fc.assert(fc.property(anyPage(), (rendered) => expect(readHtml(renderProjectHtml(rendered))).toEqual(rendered.files.map(inHtml))));
  });
});

describe('decodeRootJson', () => {
  it('reads back the names', () => {
    expect(decodeRootJson([...renderRootJson([name])].join(''))).toEqual(['my-pkg']);
  });

  it('leaves out what has no name, and knows what is no list', () => {
    expect(decodeRootJson('{"projects":[{"name":"a"},{"name":1},null,{}]}')).toEqual(['a']);
    expect(decodeRootJson('{"projects":7}')).toBeUndefined();
    expect(decodeRootJson('nonsense')).toBeUndefined();
  });
});

/** Pages with hostile texts; without NUL and half surrogates, which HTML cannot carry. */
function anyPage(): fc.Arbitrary<ProjectPage> {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('&', '<', '>', '"', "'", '\r', '\n', '\t', ';', '&amp;', '%', '\u2028', '😀'),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
  });
  const sayable = text.filter((value) => !value.includes('\0'));
  const digests = fc.constantFrom({}, { sha256: hex('d') }, { md5: hex('e', 32) }, { sha512: hex('f', 128), sha1: hex('0', 40) });
  const version = fc.constantFrom('1.0', '1.0.0', '2!1.0', '1.0+a.b', '1.0rc1', '0.1.dev3');
  const file: fc.Arbitrary<PageFile> = fc
    .record({
      version,
      build: fc.constantFrom('', '-1', '-2x'),
      hashes: digests,
      size: fc.option(fc.nat(), { nil: undefined }),
      requiresPython: fc.option(sayable, { nil: undefined }),
      uploadTime: fc.option(sayable, { nil: undefined }),
      yanked: fc.oneof(fc.constant<false>(false), fc.record({ reason: sayable })),
      coreMetadata: fc.option(digests, { nil: undefined }),
    })
    .map(({ version: of, build, ...facts }) => pageFile(`my_pkg-${of}${build}-py3-none-any.whl`, facts));
  return fc.array(file, { maxLength: 8 }).map((files) => page('my-pkg', ...files));
}

/** What is left after rendering: sha256 alone where it is known, no empty texts, no undefined. */
function asShown(rendered: ProjectPage): ProjectPage {
  const shown = (hashes: PageFile['hashes']): PageFile['hashes'] => (hashes.sha256 === undefined ? hashes : { sha256: hashes.sha256 });
  return {
    name: rendered.name,
    files: rendered.files.map((file) => ({
      filename: file.filename,
      version: file.version,
      hashes: shown(file.hashes),
      yanked: file.yanked,
      ...(file.size === undefined ? {} : { size: file.size }),
      ...(file.requiresPython === undefined || file.requiresPython === '' ? {} : { requiresPython: file.requiresPython }),
      ...(file.uploadTime === undefined || file.uploadTime === '' ? {} : { uploadTime: file.uploadTime }),
      ...(file.coreMetadata === undefined ? {} : { coreMetadata: shown(file.coreMetadata) }),
    })),
  };
}

interface Link {
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

function inHtml(file: PageFile): Link {
  const digest = file.hashes.sha256 === undefined ? strongest(file.hashes) : `sha256=${file.hashes.sha256}`;
  const metadata = file.coreMetadata === undefined ? undefined : (strongest(file.coreMetadata) ?? 'true');
  return {
    text: file.filename,
    attributes: {
      href: `../../packages/my-pkg/${encodeURIComponent(file.filename).replaceAll('!', '%21')}${digest === undefined ? '' : `#${digest}`}`,
      ...(file.requiresPython === undefined || file.requiresPython === '' ? {} : { 'data-requires-python': file.requiresPython }),
      ...(metadata === undefined ? {} : { 'data-core-metadata': metadata, 'data-dist-info-metadata': metadata }),
      ...(file.yanked === false ? {} : { 'data-yanked': file.yanked.reason }),
    },
  };
}

function strongest(hashes: PageFile['hashes']): string | undefined {
  for (const algorithm of ['sha512', 'sha256', 'sha1', 'md5'] as const) {
    if (hashes[algorithm] !== undefined) return `${algorithm}=${hashes[algorithm]}`;
  }
  return undefined;
}

function readHtml(html: string): readonly Link[] {
  const links: { text: string; attributes: Record<string, string> }[] = [];
  let inside = false;
  const parser = new Parser({
    onopentag(tag, attributes) {
      inside = tag === 'a';
      if (inside) links.push({ text: '', attributes: { ...attributes } });
    },
    ontext(text) {
      const last = links.at(-1);
      if (inside && last !== undefined) last.text += text;
    },
    onclosetag() {
      inside = false;
    },
  });
  parser.end(html);
  return links;
}
