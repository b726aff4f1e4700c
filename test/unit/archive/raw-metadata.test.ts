import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRawMetadata } from '../../../src/archive/raw-metadata.ts';
import { validateRawMetadata } from '../../../src/archive/validate-metadata.ts';
import { expectAgreement } from '../../support/vectors.ts';

describe('parseRawMetadata', () => {
  it('reads, puts aside and rejects what the reference implementation does', () => expectAgreement('metadata.json', 'metadata'));

  it.each([
    ['Content-Transfer-Encoding: BASE64', 'Ym9k\neQ', 'body'],
    ['Content-Transfer-Encoding: base64', 'Ym9keQ!=', 'body'],
    ['Content-Transfer-Encoding: base64', 'YWJj\nY', 'YWJjY'],
    ['Content-Transfer-Encoding: quoted-printable', 'a=C3=A4=\n==b=\r\n=0g', 'a\u00e4=b=0g'],
    ['Content-Transfer-Encoding: uuencode', 'a=20b', 'a=20b'],
    ['Content-Type: multipart/mixed', '--\n\nx', '--\n\nx'],
    ['Content-Type: multipart/mixed; boundary="a b"', 'x\n--a bc\n', 'x\n--a bc\n'],
    ['Content-Type: multipart/mixed; boundary=a', 'x\n--a--\ny', 'x\n'],
    ['Content-Type: multipart/mixed; boundary="a b"', 'x\n--a b \ny', undefined],
    ['Content-Type: Message/RFC822; x=y', '', undefined],
    ['Content-Type: text', 'x', 'x'],
  ])('takes %s and the body %j for the description %j, as an email reader does', (header, body, description) => {
    const { fields, unparsed } = parseRawMetadata(Buffer.from(`${header}\n\n${body}`));
    expect([fields.get('description'), unparsed.get('description')]).toEqual([description, description === undefined ? [null] : undefined]);
  });

  it('skips the envelope lines of mailbox files, except right before the body', () => {
    const fields = (text: string) => Object.fromEntries(parseRawMetadata(Buffer.from(text)).fields);
    expect(fields('From x\nName: foo\nFrom y\n z\nVersion: 1\n')).toEqual({ name: 'foo', version: '1' });
    expect(fields('Name: foo\nFrom x\n\nbody\n')).toEqual({ name: 'foo', description: 'From x\nbody\n' });
  });

  it('keeps a repeated label of a project URL aside, whatever the label', () => {
    const parse = (text: string) => parseRawMetadata(Buffer.from(text));
    expect(parse('Project-URL: __proto__, a\n').fields.get('project_urls')).toEqual(new Map([['__proto__', 'a']]));
    expect(parse('Project-URL: a, b\nProject-URL: a, c\n').unparsed.get('project-url')).toEqual(['a, b', 'a, c']);
  });

  it('never throws and never yields half of a surrogate pair', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), headerLikeBytes()), (bytes) => {
        const { fields, unparsed } = parseRawMetadata(bytes);
        const texts = [...fields.values(), ...unparsed.values()].flatMap((value) =>
          typeof value === 'string' ? [value] : [...value].flat().filter((text) => text !== null),
        );
        expect(texts.filter((text) => /\p{Cs}/u.test(text))).toEqual([]);
      }),
    );
  });
});

describe('validateRawMetadata', () => {
  const invalidWith = (...lines: string[]) =>
    validateRawMetadata(parseRawMetadata(Buffer.from(['Metadata-Version: 2.6', 'Name: foo', 'Version: 1', ...lines, ''].join('\n'))));

  it.each([
    [
      'License-Expression',
      [
        'MIT',
        'MIT\u001cAND\u0085ISC',
        '(MIT)',
        'MIT AND (ISC OR 0BSD)',
        'GPL-2.0+',
        'GPL-2.0-only WITH Classpath-exception-2.0',
        'LicenseRef-x.y',
      ],
    ],
    ['License-File', ['LICENSE', 'a/b.txt', 'C:x']],
    ['Import-Name', ['foo', 'foo.bar', 'ünï', 'foo;private', '']],
    [
      'Description-Content-Type',
      ['text/plain', 'TEXT/Markdown', 'text/markdown; variant="GFM"', 'text/x-rst;charset=utf-8', 'text/plain; ä=ü', 'text/plain;'],
    ],
    ['Dynamic', ['license', 'Requires-Dist']],
  ])('accepts as %s: %j', (header, values) => {
    for (const value of values) expect([value, invalidWith(`${header}: ${value}`)]).toEqual([value, []]);
  });

  it.each([
    [
      'License-Expression',
      [
        '',
        'Foo',
        'MIT MIT',
        'MIT\ufeff',
        'MIT AND',
        '(MIT',
        'MIT)',
        '()',
        'MIT (ISC)',
        'MIT WITH',
        'MIT WITH MIT',
        '(MIT) WITH Classpath-exception-2.0',
        'LicenseRef-a+',
        'OR',
      ],
    ],
    ['License-File', ['', '/LICENSE', '../LICENSE', 'a/../b', 'a//b', './a', 'a/', 'LICEN*', 'C:/x', 'a\\b']],
    ['Import-Name', ['foo-bar', 'foo.', '.foo', 'class', 'foo; public', '1a']],
    [
      'Description-Content-Type',
      ['', 'text', 'text/html', 'text/plain; x', 'text/plain x', 'text/markdown; variant=gfm', 'text/plain; charset=a; charset=b'],
    ],
    ['Dynamic', ['name', 'Version', 'classifiers']],
  ])('rejects as %s: %j', (header, values) => {
    for (const value of values) expect([value, invalidWith(`${header}: ${value}`)]).toEqual([value, [header.toLowerCase()]]);
  });
});

/** Bytes that look like headers more often than random ones. */
function headerLikeBytes(): fc.Arbitrary<Uint8Array> {
  const piece = fc.constantFrom(
    'Name',
    'Version',
    'Project-URL',
    'From ',
    ':',
    ' ',
    '\n',
    '\r',
    '\r\n',
    '\t',
    ',',
    'x',
    '\u00e9',
    '\ufeff',
    '\u2028',
  );
  return fc
    .array(fc.oneof({ weight: 9, arbitrary: piece.map((text) => Buffer.from(text)) }, fc.uint8Array({ maxLength: 2 })))
    .map((all) => Buffer.concat(all));
}
