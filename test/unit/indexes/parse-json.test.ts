import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonPage, parseProjectJson } from '../../../src/indexes/parse-json.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { bytesOf, expectedReading, readingOf, type PageVector } from '../../support/page-vectors.ts';
import { expectAgreement, expectVectors } from '../../support/vectors.ts';

const url = 'https://idx.example.com/simple/foo/';
const foo = normalizeName('foo');
const sha256 = 'a'.repeat(64);
const pageOf = (vector: PageVector) => parseJsonPage(bytesOf(vector).toString('utf8'), { url: vector.url });
const read = (vector: PageVector) => readingOf(pageOf(vector), vector);

describe('parseJsonPage', () => {
  it.each(['page', 'nasty', 'robust'])('reads all vectors of kind %s', (kind) => expectAgreement('simple-json.json', kind));

  it('reads all captured pages', async () => {
    const text = readFileSync(new URL('../../fixtures/real-pages/expected.json', import.meta.url), 'utf8');
    const vectors = (JSON.parse(text) as PageVector[]).filter(({ file }) => file?.endsWith('.json') === true);
    await expectVectors(vectors, read, expectedReading);
  });

  const page = (more: object, file: object = {}) => ({
    meta: { 'api-version': '1.4' },
    name: 'foo',
    files: [{ filename: 'foo-1.0.zip', url: 'foo-1.0.zip', hashes: { sha256 }, ...file }],
    ...more,
  });

  it.each([
    [{ 'project-status': { status: 'archived', reason: 'done' } }, { status: 'archived', reason: 'done' }],
    [{ 'project-status': { state: 'deprecated' } }, { status: 'deprecated' }],
    [{ meta: { 'project-status': 'quarantined', 'project-status-reason': 'malware' } }, { status: 'quarantined', reason: 'malware' }],
    [{ meta: { 'project-status': { status: 'archived' } } }, { status: 'archived' }],
    [
      { 'project-status': 'archived', 'project-status-reason': 'done' },
      { status: 'archived', reason: 'done' },
    ],
    [{ 'project-status': { status: 'dormant' } }, { status: 'dormant' }],
    [{ 'project-status': 7 }, { status: 'active' }],
    [{ 'project-status': { status: '' } }, { status: 'active' }],
    [{}, { status: 'active' }],
  ])('reads the status out of %j', (more, status) => {
    expect(parseJsonPage(page(more), { url }).status).toEqual(status);
  });

  it.each([
    [true, ''],
    ['broken', 'broken'],
    ['', undefined],
    [false, undefined],
    [null, undefined],
    [1, undefined],
  ])('reads yanked %j as %j', (yanked, expected) => {
    expect(parseJsonPage(page({}, { yanked }), { url }).links[0]!.yanked).toBe(expected);
  });

  it('refuses a newer major version and names the page without secrets', () => {
    const read2 = () => parseJsonPage(page({ meta: { 'api-version': '2.0' } }), { url: `${url}?token=abc` });
    expect(read2).toThrow(
      expect.objectContaining({ code: 'BAD_RESPONSE', message: `${url} speaks version 2.0 of the simple API, which is not supported` }),
    );
  });

  it('does not let a page reach the prototype', () => {
    const text = `{"files":[{"__proto__":{"yanked":true,"filename":"foo-9.zip"},"filename":"foo-1.0.zip","url":"foo-1.0.zip","hashes":{"__proto__":"x"}}]}`;
    const [link] = parseJsonPage(text, { url }).links;
    expect(link).toMatchObject({ filename: 'foo-1.0.zip', yanked: undefined });
    expect(Object.getPrototypeOf(link!.hashes)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['yanked']).toBeUndefined();
  });

  it('says what it left out', () => {
    const files = [null, 'x', { url: 'foo-1.0.zip' }, { filename: 'foo-1.0.zip' }, { filename: 'foo-1.0.zip', url: 'ftp://h/foo-1.0.zip' }];
    expect(parseJsonPage({ files }, { url }).skipped).toEqual([
      { filename: '', because: 'malformed-entry' },
      { filename: '', because: 'malformed-entry' },
      { filename: '', because: 'no-filename' },
      { filename: 'foo-1.0.zip', because: 'no-url' },
      { filename: 'foo-1.0.zip', because: 'no-url' },
    ]);
  });

  it('reads any JSON without throwing anything but BAD_RESPONSE', () => {
    const key = fc.constantFrom(
      'files',
      'meta',
      'name',
      'filename',
      'url',
      'hashes',
      'yanked',
      'core-metadata',
      'project-status',
      '__proto__',
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom('foo-1.0.zip', 'x', '', 0, 1.5, -1, true, false, null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), value, (files, meta) => {
        const read3 = parseProjectJson(JSON.stringify({ meta, files }), { url, name: foo });
        for (const file of read3.files) expect(file.filename).toBe('foo-1.0.zip');
      }),
    );
  });

  it('bears absurd depth', () => {
    const text = `{"files":[],"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(parseJsonPage(text, { url }).links).toEqual([]);
  });
});

describe('parseProjectJson', () => {
  const files = (...entries: object[]) =>
    parseProjectJson({ meta: { 'api-version': '1.1' }, name: 'foo', versions: ['1.0', 5, 'x'], files: entries }, { url, name: foo });
  const entry = (more: object = {}) => ({ filename: 'foo-1.0.zip', url: 'foo-1.0.zip', hashes: { sha256 }, ...more });

  it('gives files, versions and API version', () => {
    expect(files(entry({ size: 10, 'requires-python': '>=3', provenance: 'https://idx.example.com/p' }))).toMatchObject({
      apiVersion: '1.1',
      versions: ['1.0', 'x'],
      files: [{ name: 'foo', version: '1.0', size: 10, requiresPython: '>=3', yanked: false, provenance: 'https://idx.example.com/p' }],
    });
  });

  it('lower-cases digests and leaves out what is none', () => {
    expect(files(entry({ hashes: { sha256: sha256.toUpperCase(), md5: 'short', blake2b_256: sha256 } })).files[0]!.hashes).toEqual({
      sha256,
    });
  });

  it('takes a digest from the URL where the table has none of its kind', () => {
    const other = 'b'.repeat(64);
    expect(files(entry({ url: `foo-1.0.zip#sha256=${other}`, hashes: {} })).files[0]).toMatchObject({
      url: `${url}foo-1.0.zip`,
      hashes: { sha256: other },
    });
    expect(files(entry({ url: `foo-1.0.zip#sha256=${other}` })).files[0]!.hashes).toEqual({ sha256 });
  });

  it.each([
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'],
    ['2024-01-02T03:04:05.678901Z', '2024-01-02T03:04:05.678901Z'],
    ['2024-01-02T03:04:05.678901+00:00', '2024-01-02T03:04:05.678901Z'],
    ['2024-13-99T00:00:00Z', undefined],
    ['2024-01-02T03:04:05+02:00', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ])('reads upload time %s as %s', (written, expected) => {
    expect(files(entry({ 'upload-time': written })).files[0]!.uploadTime).toBe(expected);
  });

  it.each([
    [{ 'core-metadata': { sha256 } }, { sha256 }],
    [{ 'core-metadata': true }, {}],
    [{ 'core-metadata': false }, undefined],
    [{ 'data-dist-info-metadata': { sha256 } }, { sha256 }],
    [{ 'core-metadata': { sha256: 'short' } }, {}],
    [{}, undefined],
  ])('reads the companion out of %j', (more, expected) => {
    expect(files(entry(more)).files[0]!.coreMetadata).toEqual(expected);
  });

  it('believes the filename that the index gives, not the URL, and skips unsafe ones', () => {
    const { files: kept, skipped } = files(
      entry({ filename: 'foo-2.0.zip', url: 'blob/123' }),
      entry({ filename: '../foo-1.0.zip' }),
      entry({ filename: '/etc/foo-1.0.zip' }),
      entry({ filename: 'foo-1.0.zip\u0000' }),
      entry({ filename: '.foo-1.0.zip' }),
      entry({ filename: 'foo-1.0.zip\n' }),
    );
    expect(kept.map(({ filename }) => filename)).toEqual(['foo-2.0.zip']);
    expect(skipped.map(({ because }) => because)).toEqual(Array.from({ length: 5 }, () => 'unsafe-filename'));
  });

  it.each(['javascript:alert(1)', 'not a url'])('drops provenance %s', (provenance) => {
    expect(files(entry({ provenance })).files[0]!.provenance).toBeUndefined();
  });
});
