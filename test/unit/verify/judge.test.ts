import { describe, expect, it } from '@jest/globals';
import { judgeBytes, judgeListing, judgePage } from '../../../src/verify/judge.ts';
import type { ReadFile } from '../../../src/verify/judge.ts';
import { contentOf, digestsOf, entry, existing } from '../../support/builders.ts';

const filename = 'alpha-1.0.tar.gz';
const sha256 = (text: string): string => digestsOf(text).sha256;
const read = (content = contentOf(filename), companion?: ReadFile['companion']): ReadFile => ({
  file: { size: Buffer.byteLength(content), hashes: digestsOf(content) },
  companion,
});
const classes = (judgements: readonly { readonly class: string }[]): readonly string[] => judgements.map((one) => one.class);
const sameLength = contentOf(filename).replace('content', 'Content');

describe('judgeListing', () => {
  it('has nothing to say of a file that is listed with the approved digest', () => {
    expect(judgeListing(entry(filename), existing(filename))).toEqual([]);
  });

  it('names both digests of one that is not', () => {
    const [found] = judgeListing(entry(filename), existing(filename, { content: sameLength }));
    expect(found).toMatchObject({
      class: 'digest-mismatch',
      there: { sha256: sha256(sameLength) },
      approved: { sha256: sha256(contentOf(filename)) },
    });
    expect(found?.detail).toBe(`listed with sha256:${sha256(sameLength)} instead of sha256:${sha256(contentOf(filename))}`);
  });

  it('takes md5 where nothing else is shared', () => {
    const { md5 } = digestsOf(contentOf(filename));
    expect(judgeListing(entry(filename, { hashes: { md5 } }), existing(filename, { hashes: { md5 } }))).toEqual([]);
  });

  it.each([
    ['without a digest', {}, 'listed without a digest'],
    ['with another kind of digest', { sha512: 'a'.repeat(128) }, 'listed with no digest of a kind that the lock has'],
  ])('calls a file %s unverifiable', (_, hashes, detail) => {
    expect(judgeListing(entry(filename), existing(filename, { hashes }))).toMatchObject([{ class: 'unverifiable', detail }]);
  });

  it('needs no digest to see another size, and looks at the size beside an equal digest', () => {
    expect(classes(judgeListing(entry(filename), existing(filename, { hashes: {}, size: 1 })))).toEqual(['size-mismatch']);
    expect(classes(judgeListing(entry(filename), existing(filename, { size: 1 })))).toEqual(['size-mismatch']);
  });

  it('compares the digest of the companion where both sides have one', () => {
    const approved = entry(filename, { metadata: sha256('Name: alpha') });
    expect(judgeListing(approved, existing(filename))).toEqual([]);
    expect(judgeListing(approved, existing(filename, { coreMetadata: {} }))).toEqual([]);
    expect(judgeListing(approved, existing(filename, { coreMetadata: { sha256: sha256('Name: alpha') } }))).toEqual([]);
    expect(classes(judgeListing(approved, existing(filename, { coreMetadata: { sha256: sha256('evil') } })))).toEqual([
      'metadata-mismatch',
    ]);
  });
});

describe('judgeBytes', () => {
  it('has nothing to say of approved bytes', () => {
    expect(judgeBytes(entry(filename), existing(filename), read())).toEqual([]);
    expect(judgeBytes(entry(filename), existing(filename, { hashes: {} }), read())).toEqual([]);
  });

  it('finds other bytes whatever the listing says', () => {
    const [found] = judgeBytes(entry(filename), existing(filename), read(sameLength));
    expect(found).toMatchObject({ class: 'digest-mismatch', there: { sha256: sha256(sameLength) } });
    expect(found?.detail).toContain('; it is listed with yet another digest');
    const [agreed] = judgeBytes(entry(filename), existing(filename, { content: sameLength }), read(sameLength));
    expect(agreed).toMatchObject({ class: 'digest-mismatch' });
    expect(agreed?.detail).not.toContain('yet another');
  });

  it('gives no digest of bytes that were not read to their end', () => {
    const [longer] = judgeBytes(entry(filename), existing(filename), read(`${contentOf(filename)} and more`));
    expect(longer).toMatchObject({ class: 'size-mismatch', detail: expect.stringMatching(/^it has more than the \d+ bytes/) as unknown });
    expect(longer).not.toHaveProperty('there');
    const [shorter] = judgeBytes(entry(filename), existing(filename), read('short'));
    expect(shorter).toMatchObject({ class: 'size-mismatch', there: { sha256: sha256('short') } });
  });

  it('tells a wrong listing of right bytes', () => {
    expect(judgeBytes(entry(filename), existing(filename, { content: sameLength }), read())).toMatchObject([
      { class: 'listing-mismatch', there: { sha256: sha256(sameLength) } },
    ]);
    expect(classes(judgeBytes(entry(filename), existing(filename, { size: 3 }), read()))).toEqual(['listing-mismatch']);
  });

  describe('with a companion', () => {
    const companion = (text: string) => ({ size: text.length, hashes: digestsOf(text) });
    const listed = (text?: string) => existing(filename, { coreMetadata: text === undefined ? {} : { sha256: sha256(text) } });

    it('holds the approved digest against it, else the listed one', () => {
      const approved = entry(filename, { metadata: sha256('good') });
      expect(judgeBytes(approved, listed(), read(undefined, companion('good')))).toEqual([]);
      expect(classes(judgeBytes(approved, listed(), read(undefined, companion('evil'))))).toEqual(['metadata-mismatch']);
      expect(judgeBytes(entry(filename), listed('good'), read(undefined, companion('good')))).toEqual([]);
      expect(classes(judgeBytes(entry(filename), listed('good'), read(undefined, companion('evil'))))).toEqual(['metadata-mismatch']);
      expect(judgeBytes(entry(filename), listed(), read(undefined, companion('any')))).toEqual([]);
    });

    it('finds one that is listed with another digest, and one that is announced only', () => {
      const approved = entry(filename, { metadata: sha256('good') });
      expect(classes(judgeBytes(approved, listed('evil'), read(undefined, companion('evil'))))).toEqual(['metadata-mismatch']);
      expect(classes(judgeBytes(approved, listed(), read(undefined, 'gone')))).toEqual(['metadata-mismatch']);
    });
  });
});

describe('judgePage', () => {
  it('looks at what a directory says of its own pages', () => {
    expect(judgePage(existing(filename))).toEqual([]);
    expect(judgePage(existing(filename, { page: 'current' }))).toEqual([]);
    expect(classes(judgePage(existing(filename, { page: 'missing' })))).toEqual(['page-stale']);
    expect(classes(judgePage(existing(filename, { page: 'differs' })))).toEqual(['page-stale']);
  });
});
