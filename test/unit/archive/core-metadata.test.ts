import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { oldStyleMetadata, parseCoreMetadata, type CoreMetadata } from '../../../src/archive/core-metadata.ts';
import { isPkgsyncError } from '../../../src/errors.ts';
import { mutated } from '../../support/mutate.ts';
import { loadVectors } from '../../support/vectors.ts';

const parse = (text: string): CoreMetadata => parseCoreMetadata(Buffer.from(text));
const minimal = 'Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n';
const withLines = (...lines: string[]): CoreMetadata => parse(`${minimal}${lines.join('\n')}\n`);

describe('parseCoreMetadata', () => {
  it('reads every field of the standard', () => {
    const metadata = parse(
      [
        'Metadata-Version: 2.5',
        'Name: Foo.Bar',
        'Version: 1.0',
        'Dynamic: Requires-Dist',
        'Platform: any',
        'Supported-Platform: RedHat 7.2',
        'Summary: A foo',
        'Description-Content-Type: text/markdown',
        'Keywords: a,b',
        'Home-Page: https://example.com/',
        'Download-URL: https://example.com/dl',
        'Author: Ann',
        'Author-Email: a@example.com',
        'Maintainer: Max',
        'Maintainer-email: m@example.com',
        'License: MIT',
        'License-Expression: MIT',
        'License-File: LICENSE',
        'Classifier: Typing :: Typed',
        'CLASSIFIER: Private :: Do Not Upload',
        'Requires-Dist: bar>=1',
        'Requires-Python: >=3.8',
        'Requires-External: C',
        'Project-URL: Source, https://example.com/src',
        'Provides-Extra: test',
        'Provides-Dist: baz',
        'Obsoletes-Dist: old',
        'Requires: a',
        'Provides: b',
        'Obsoletes: c',
        'Import-Name: foo',
        'Import-Namespace: ns',
        '',
        '# Foo',
        '',
      ].join('\n'),
    );
    expect(metadata).toEqual({
      metadataVersion: '2.5',
      name: 'Foo.Bar',
      version: '1.0',
      dynamic: ['Requires-Dist'],
      platforms: ['any'],
      supportedPlatforms: ['RedHat 7.2'],
      summary: 'A foo',
      description: '# Foo\n',
      descriptionContentType: 'text/markdown',
      keywords: 'a,b',
      homePage: 'https://example.com/',
      downloadUrl: 'https://example.com/dl',
      author: 'Ann',
      authorEmail: 'a@example.com',
      maintainer: 'Max',
      maintainerEmail: 'm@example.com',
      license: 'MIT',
      licenseExpression: 'MIT',
      licenseFiles: ['LICENSE'],
      classifiers: ['Typing :: Typed', 'Private :: Do Not Upload'],
      requiresDist: ['bar>=1'],
      requiresPython: '>=3.8',
      requiresExternal: ['C'],
      projectUrls: ['Source, https://example.com/src'],
      providesExtra: ['test'],
      providesDist: ['baz'],
      obsoletesDist: ['old'],
      requires: ['a'],
      provides: ['b'],
      obsoletes: ['c'],
      importNames: ['foo'],
      importNamespaces: ['ns'],
      fromFilename: false,
      warnings: [],
    });
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('takes %s for line ends', (_name, end) => {
    const metadata = parse(['Metadata-Version: 2.1', 'Name: foo', 'Version: 1.0', 'Summary: one', '  two', '', 'Body', ''].join(end));
    expect(metadata).toMatchObject({ name: 'foo', version: '1.0', summary: 'one two', description: `Body${end}`, warnings: [] });
  });

  it('ignores a byte order mark', () => {
    expect(parse(`\ufeff${minimal}`).name).toBe('foo');
  });

  it('splits lines at nothing but line ends', () => {
    expect(withLines('Summary: a\u0085b\u2028c\fd').summary).toBe('a\u0085b\u2028c\fd');
  });

  it('trims single values and joins folded ones with a blank', () => {
    const metadata = withLines('Summary:\tone \t', 'License: first', '        ', '\tsecond  ', 'Classifier: a', ' :: b');
    expect(metadata).toMatchObject({ summary: 'one', license: 'first second', classifiers: ['a :: b'] });
  });

  it('takes UNKNOWN for nothing', () => {
    const metadata = withLines(
      'Summary: UNKNOWN',
      'Platform: UNKNOWN',
      'Platform: any',
      'Home-page:  UNKNOWN ',
      'Keywords:',
      '',
      'UNKNOWN',
    );
    expect(metadata).toMatchObject({
      summary: undefined,
      platforms: ['any'],
      homePage: undefined,
      keywords: undefined,
      description: undefined,
    });
  });

  describe('the description', () => {
    it('is the body, unchanged', () => {
      expect(parse(`${minimal}\n  Title\r\n\n`).description).toBe('  Title\r\n\n');
      expect(parse(`${minimal}\n \n`).description).toBeUndefined();
    });

    it.each([
      ['8 blanks', 'Description: Foo', '        ', '        Bar', '          deeper'],
      ['7 blanks and a bar', 'Description: Foo', '       |', '       |Bar', '       |  deeper'],
      ['a first line of its own', 'Description:', '        Foo', '        ', '        Bar', '          deeper'],
    ])('loses the indentation of a header: %s', (_name, ...lines) => {
      expect(withLines(...lines).description).toBe('Foo\n\nBar\n  deeper');
    });

    it('is the body where both are given, with a warning', () => {
      const metadata = parse(`${minimal}Description: header\n\nbody\n`);
      expect(metadata.description).toBe('body\n');
      expect(metadata.warnings).toEqual(['the description is given both as a header and as the body; the body counts']);
    });
  });

  describe('repeated fields', () => {
    it('lets the first count and says so', () => {
      const metadata = withLines('Summary: one', 'Summary: two');
      expect(metadata.summary).toBe('one');
      expect(metadata.warnings).toEqual(['Summary is given 2 times; the first counts']);
    });

    it('accepts a name or version that is repeated with the same meaning', () => {
      const metadata = withLines('Name: Foo', 'Version: 1.0.0');
      expect(metadata).toMatchObject({ name: 'foo', version: '1.0', warnings: ['Name is given 2 times', 'Version is given 2 times'] });
    });

    it.each([
      ['Name: bar', "the metadata has two values of Name: 'foo' and 'bar'"],
      ['Version: 2', "the metadata has two values of Version: '1.0' and '2'"],
    ])('refuses two that differ: %s', (line, message) => {
      expect(() => withLines(line)).toThrow(expect.objectContaining({ code: 'METADATA_INVALID', message }));
    });
  });

  describe('bytes that are no UTF-8', () => {
    it('are read as Latin-1, value by value, with a warning', () => {
      const latin1 = Buffer.from('Author: J\u00fcrgen\nMaintainer: ', 'latin1');
      const metadata = parseCoreMetadata(
        Buffer.concat([Buffer.from(minimal), latin1, Buffer.from('J\u00fcrgen\n\n'), Buffer.from('\u00dcber', 'latin1')]),
      );
      expect(metadata).toMatchObject({ author: 'J\u00fcrgen', maintainer: 'J\u00fcrgen', description: '\u00dcber' });
      expect([...metadata.warnings].sort()).toEqual([
        'Author is not UTF-8 and was read as Latin-1',
        'the description is not UTF-8 and was read as Latin-1',
      ]);
    });

    it('leave encoded words of email as they are', () => {
      expect(withLines('Author: =?utf-8?q?J=C3=BCrgen?=').author).toBe('=?utf-8?q?J=C3=BCrgen?=');
    });
  });

  describe('headers cut short', () => {
    it('by a line that is none are read past it, as far as they add something', () => {
      const metadata = parse(
        'Metadata-Version: 1.1\nSum mary: x\nName: foo\nVersion: 1.0\nClassifier: a\n b\nnonsense\nRequires-Dist: bar\n\nBody\n',
      );
      expect(metadata).toMatchObject({ name: 'foo', version: '1.0', classifiers: ['a b'], requiresDist: ['bar'], description: 'Body\n' });
      expect(metadata.warnings).toEqual(['a line that is no header stands among the headers; those after it were read all the same']);
    });

    it('by a line that is none never contradict what stands before it', () => {
      const metadata = withLines('Summary: mine', 'This is broken', 'Name: other', 'Summary: other');
      expect(metadata).toMatchObject({ name: 'foo', summary: 'mine' });
    });

    it('by text without a blank line before it leave the text as the description', () => {
      expect(withLines('A text: without a blank line.', 'More.').description).toBe('A text: without a blank line.\nMore.\n');
    });

    it('by a blank line at the start are found in the body', () => {
      const metadata = parse(`\n${minimal}`);
      expect(metadata).toMatchObject({ name: 'foo', version: '1.0' });
      expect(metadata.warnings).toContain('Name was found only after the end of the headers');
    });

    it('by a blank line in a description of version 1 are found after it', () => {
      const metadata = parse(
        'Metadata-Version: 1.0\nName: foo\nVersion: 1.0\nDescription: First\n\nSecond: paragraph\nPlatform: any\nClassifier: a\n        b\nClassifier: c\n',
      );
      expect(metadata).toMatchObject({ description: 'First\n\nSecond: paragraph\n', platforms: ['any'], classifiers: ['a b', 'c'] });
      expect(metadata.warnings).toEqual([
        'a blank line in the description ended the headers early; those after the description were read all the same',
      ]);
    });

    it('by a blank line are not looked for where the body may be a description of its own', () => {
      const metadata = parse(`${minimal}Description: header\n\nbody\nPlatform: any\n`);
      expect(metadata).toMatchObject({ description: 'body\nPlatform: any\n', platforms: [] });
    });

    it('are not looked for in a description that stands where it should', () => {
      const metadata = parse(`${minimal}\nName: not-a-header\nClassifier: x\n`);
      expect(metadata).toMatchObject({ name: 'foo', classifiers: [], description: 'Name: not-a-header\nClassifier: x\n', warnings: [] });
    });
  });

  describe('Metadata-Version', () => {
    it.each(['1.0', '2.0', '2.6'])('%s is read', (version) => {
      expect(parse(`Metadata-Version: ${version}\nName: foo\nVersion: 1\n`)).toMatchObject({ metadataVersion: version, warnings: [] });
    });

    it.each(['1.3', '2.99'])('%s is read as far as it is known, with a warning', (version) => {
      const metadata = parse(`Metadata-Version: ${version}\nName: foo\nVersion: 1\n`);
      expect(metadata.warnings).toEqual([`Metadata-Version ${version} is not known; what is known of it was read`]);
    });

    it.each([
      ['3.0', 'the metadata has Metadata-Version 3.0; this version of pkgsync reads up to 2.6'],
      ['two', "the metadata has a Metadata-Version that is none: 'two'"],
      ['', 'the metadata has no Metadata-Version'],
    ])("'%s' is refused", (version, message) => {
      expect(() => parse(`Metadata-Version: ${version}\nName: foo\nVersion: 1\n`)).toThrow(
        expect.objectContaining({ code: 'METADATA_INVALID', message }),
      );
    });
  });

  it.each([
    ['Metadata-Version: 2.1\nVersion: 1\n', 'the metadata has no Name'],
    ['Metadata-Version: 2.1\nName: foo\n', 'the metadata has no Version'],
    ['Metadata-Version: 2.1\nName: f\u00f6o\nVersion: 1\n', "the metadata has a Name that is none: 'f\u00f6o'"],
    ['Metadata-Version: 2.1\nName: ../foo\nVersion: 1\n', "the metadata has a Name that is none: '../foo'"],
    ['Metadata-Version: 2.1\nName: foo\nVersion: 1\u0000\n', "the metadata has a Version that is none: '1\\u0000'"],
    ['Metadata-Version: 2.1\nName: UNKNOWN\nVersion: 1\n', "the metadata has the Name 'UNKNOWN'"],
    ['', 'the metadata has no Metadata-Version'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'METADATA_INVALID', message }));
  });

  it('takes the name and version of the filename for UNKNOWN', () => {
    const metadata = parseCoreMetadata(Buffer.from('Metadata-Version: 2.1\nName: UNKNOWN\nVersion: UNKNOWN\n'), {
      name: 'foo',
      version: '1.0',
    });
    expect(metadata).toMatchObject({ name: 'foo', version: '1.0', fromFilename: false });
    expect(metadata.warnings).toEqual([
      "Name is 'UNKNOWN'; the filename's 'foo' was taken",
      "Version is 'UNKNOWN'; the filename's '1.0' was taken",
    ]);
  });

  it('lets a project be called unknown', () => {
    const metadata = parseCoreMetadata(Buffer.from('Metadata-Version: 2.1\nName: UNKNOWN\nVersion: 1\n'), {
      name: 'unknown',
      version: '1',
    });
    expect(metadata).toMatchObject({ name: 'unknown', warnings: [] });
  });

  it('refuses what is too large, whole or in one line', () => {
    expect(() => parseCoreMetadata(Buffer.alloc(10 * 1024 * 1024 + 1))).toThrow(/larger than 10485760 bytes/);
    expect(() => withLines(`Summary: ${'x'.repeat(1024 * 1024)}`)).toThrow(/a header line longer than 1048576 bytes/);
    expect(parse(`${minimal}\n${'x'.repeat(2 * 1024 * 1024)}`).description).toHaveLength(2 * 1024 * 1024);
  });

  it('stays fast on hostile input of many kinds', () => {
    const size = 2_000_000;
    const hostile = [
      '\n'.repeat(size),
      ' '.repeat(size / 2),
      'Summary: x\n'.repeat(size / 11),
      `x\n${'Name:\n'.repeat(size / 6)}`,
      ':\n'.repeat(size / 2),
    ];
    const started = performance.now();
    for (const text of hostile)
      expect(() => parse(`Metadata-Version: 1.0\nDescription: x\n${text}`)).toThrow(expect.objectContaining({ code: 'METADATA_INVALID' }));
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('throws nothing but METADATA_INVALID, and what it reads agrees with its own rules', () => {
    const sources = loadVectors<{ id: string; text?: string; base64?: string }>('metadata.json').map(({ text, base64 = '' }) =>
      Buffer.from(text ?? base64, text === undefined ? 'base64' : 'utf8'),
    );
    fc.assert(
      fc.property(fc.oneof(mutated(sources), fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const metadata = outcome(() => parseCoreMetadata(bytes));
        if (metadata === undefined) return;
        const texts: readonly unknown[] = Object.values(metadata).flat();
        expect(texts.filter((text) => typeof text === 'string' && (text === 'UNKNOWN' || text === '' || /\p{Cs}/u.test(text)))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

function outcome<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isPkgsyncError(error, 'METADATA_INVALID')) return undefined;
    throw error;
  }
}

describe('oldStyleMetadata', () => {
  it('has name and version, and UNKNOWN for the rest of Metadata 1.0', () => {
    expect(oldStyleMetadata('Foo', '1.2.1-beta3')).toMatchObject({
      metadataVersion: '1.0',
      name: 'Foo',
      version: '1.2.1-beta3',
      summary: 'UNKNOWN',
      author: 'UNKNOWN',
      license: 'UNKNOWN',
      platforms: ['UNKNOWN'],
      classifiers: [],
      fromFilename: true,
    });
  });
});
