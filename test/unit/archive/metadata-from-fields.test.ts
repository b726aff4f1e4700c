import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { oldStyleMetadata, parseCoreMetadata, type CoreMetadata } from '../../../src/archive/core-metadata.ts';
import { metadataFromFields } from '../../../src/archive/metadata-from-fields.ts';
import { metadataFormFields, uploadFields } from '../../../src/archive/upload-fields.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { metadataText } from '../../support/archives.ts';
import { thrownBy } from '../../support/thrown.ts';

const identity = [
  ['metadata_version', '2.1'],
  ['name', 'Foo'],
  ['version', '1.0'],
] as const;
const read = (...fields: readonly (readonly [string, string])[]): CoreMetadata => metadataFromFields([...identity, ...fields]);
const codeOf = (...fields: readonly (readonly [string, string])[]): string => thrownBy(() => metadataFromFields(fields)).code;

// What one line of a file can hold: no control characters, no blanks at its ends.
const line = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.trim())
  .filter((text) => text !== '' && text !== 'UNKNOWN' && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text));
const text = fc.option(line, { nil: undefined });
const list = fc.array(line, { maxLength: 3 });
const description = fc.option(
  fc
    .array(fc.constantFrom('a', 'é', ' ', '\n', '\r\n', '\t', '\ufeff', '        x'), { maxLength: 8 })
    .map((parts) => `${parts.join('')}.`),
  { nil: undefined },
);

/** Metadata with every field there is. */
const anyMetadata = (metadataVersions: readonly string[]): fc.Arbitrary<CoreMetadata> =>
  fc.record({
    metadataVersion: fc.constantFrom(...metadataVersions),
    name: fc.constantFrom('Foo', 'foo.bar', 'F_o'),
    version: fc.constantFrom('1.0', '1.0-beta', '2013c', '1!2.0+local'),
    dynamic: list,
    platforms: list,
    supportedPlatforms: list,
    summary: text,
    description,
    descriptionContentType: text,
    keywords: text,
    homePage: text,
    downloadUrl: text,
    author: text,
    authorEmail: text,
    maintainer: text,
    maintainerEmail: text,
    license: text,
    licenseExpression: text,
    licenseFiles: list,
    classifiers: list,
    requiresDist: list,
    requiresPython: text,
    requiresExternal: list,
    projectUrls: list,
    providesExtra: list,
    providesDist: list,
    obsoletesDist: list,
    requires: list,
    provides: list,
    obsoletes: list,
    importNames: list,
    importNamespaces: list,
    fromFilename: fc.constant(false),
    warnings: fc.constant([]),
  } satisfies { [Field in keyof Required<CoreMetadata>]: fc.Arbitrary<CoreMetadata[Field]> });

describe('metadataFromFields', () => {
  it('is the way back from the form, for every field', () => {
    fc.assert(
      fc.property(anyMetadata(['2.4', '2.5']), (metadata) => {
        expect(metadataFromFields(metadataFormFields(metadata))).toEqual(metadata);
      }),
    );
  });

  it('is the way back but for License-File, which the form leaves out before Metadata-Version 2.4', () => {
    fc.assert(
      fc.property(anyMetadata(['1.0', '1.2', '2.1', '2.3']), (metadata) => {
        expect(metadataFromFields(metadataFormFields(metadata))).toEqual({ ...metadata, licenseFiles: [] });
      }),
    );
  });

  it("gives a file's metadata back without its warnings", () => {
    const bytes = Buffer.from(
      metadataText({ name: 'Foo', version: '1.0', summary: 'a', headers: ['Summary: b'], description: 'c\r\n\nd' }),
    );
    const metadata = parseCoreMetadata(bytes);
    expect(metadata.warnings).not.toEqual([]);
    const fields = uploadFields(metadata, 'foo-1.0.tar.gz', normalizeName('foo'));
    expect(metadataFromFields(fields)).toEqual({ ...metadata, warnings: [] });
  });

  it('takes the UNKNOWN of an old-style distribution for nothing', () => {
    const metadata = metadataFromFields(metadataFormFields(oldStyleMetadata('Foo', '1.2.1-beta3')));
    const said = Object.entries(metadata).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
    expect(Object.fromEntries(said)).toEqual({ metadataVersion: '1.0', name: 'Foo', version: '1.2.1-beta3', fromFilename: false });
  });

  it.each([
    ['platform', 'platforms', 'platforms'],
    ['supported_platform', 'supported_platforms', 'supportedPlatforms'],
    ['classifiers', 'classifier', 'classifiers'],
    ['project_urls', 'project_url', 'projectUrls'],
    ['provides_extra', 'provides_extras', 'providesExtra'],
    ['license_file', 'license_files', 'licenseFiles'],
    ['import_name', 'import_names', 'importNames'],
    ['import_namespace', 'import_namespaces', 'importNamespaces'],
  ] as const)('reads %s and %s as one field', (name, other, key) => {
    expect(read([name, 'a'], [name, 'b'])[key]).toEqual(['a', 'b']);
    expect(read([other, 'a'], [other, 'b'])[key]).toEqual(['a', 'b']);
    expect(read([other, 'b'], [name, 'a'], [other, 'c'], [name, 'b'])[key]).toEqual(['a', 'b', 'c']);
  });

  it('joins keywords that come one by one', () => {
    expect(read(['keywords', 'a b'], ['keywords', 'UNKNOWN'], ['keywords', 'c']).keywords).toBe('a b, c');
  });

  it('ignores fields that are not metadata, whatever their names', () => {
    const others = [':action', 'content', 'md5_digest', 'filetype', 'Summary', '__proto__', 'constructor'].map(
      (name) => [name, 'x'] as const,
    );
    expect(read(...others)).toEqual(read());
  });

  it('takes empty values and UNKNOWN for absent ones', () => {
    const empty = ['summary', 'description', 'requires_python', 'platform', 'keywords'].flatMap((name) =>
      ['', ' \n', 'UNKNOWN', ' UNKNOWN\n'].map((value) => [name, value] as const),
    );
    expect(read(...empty)).toEqual(read());
    expect(read(['summary', 'UNKNOWN'], ['summary', 'a'])).toMatchObject({ summary: 'a', warnings: [] });
  });

  it('takes the first of two values, and says so', () => {
    const metadata = read(['summary', 'a'], ['summary', 'b'], ['description', 'c'], ['description', 'd']);
    expect(metadata).toMatchObject({ summary: 'a', description: 'c' });
    expect(metadata.warnings).toEqual(['description is given 2 times; the first counts', 'Summary is given 2 times; the first counts']);
  });

  it('puts a value on one line, as a file does, but leaves the description alone', () => {
    expect(read(['license', ' a\r\n  b\n'], ['description', ' a\r\n  b\n'])).toMatchObject({ license: 'a b', description: ' a\r\n  b\n' });
  });

  it('does without metadata_version, and says so', () => {
    const metadata = metadataFromFields(identity.slice(1));
    expect(metadata).toMatchObject({ metadataVersion: '1.0', warnings: ['the form has no metadata_version; 1.0 was taken'] });
  });

  it.each<readonly [string, readonly (readonly [string, string])[]]>([
    ['nothing', []],
    ['no name', [['version', '1']]],
    ['no version', [['name', 'foo']]],
    [
      'an unknown name',
      [
        ['name', 'UNKNOWN'],
        ['version', '1'],
      ],
    ],
    [
      'an empty version',
      [
        ['name', 'foo'],
        ['version', ' '],
      ],
    ],
    [
      'two names',
      [
        ['name', 'foo'],
        ['name', 'bar'],
        ['version', '1'],
      ],
    ],
    [
      'two versions',
      [
        ['name', 'foo'],
        ['version', '1'],
        ['version', '2'],
      ],
    ],
    [
      'a name that is none',
      [
        ['name', '../foo'],
        ['version', '1'],
      ],
    ],
    [
      'a version of the standard to come',
      [
        ['metadata_version', '3.0'],
        ['name', 'foo'],
        ['version', '1'],
      ],
    ],
  ])('refuses %s', (_what, fields) => {
    expect(codeOf(...fields)).toBe('METADATA_INVALID');
  });
});
