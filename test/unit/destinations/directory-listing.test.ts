import { describe, expect, it } from '@jest/globals';
import type { DiskFile } from '../../../src/destinations/directory-inventory.ts';
import { describeProject, type RootState } from '../../../src/destinations/directory-listing.ts';
import type { PageFile } from '../../../src/destinations/project-page.ts';
import { renderProjectHtml, renderProjectJson } from '../../../src/destinations/render-page.ts';
import { isDistribution, parseDistributionFilename } from '../../../src/packaging/filename.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { hex, page, pageFile } from '../../support/page-builders.ts';

const foo = normalizeName('foo');
const filename = 'foo-1.0-py3-none-any.whl';
const listed: RootState = { lists: true, problem: undefined };
const digests = (digit: string) => ({ sha256: hex(digit), md5: hex(digit, 32) });

function onDisk(facts: Partial<DiskFile> = {}): DiskFile {
  const parsed = parseDistributionFilename(filename, foo);
  if (!isDistribution(parsed)) throw new Error(parsed.because);
  return {
    filename,
    parsed,
    path: `/mirror/packages/foo/${filename}`,
    hasCompanion: facts.companion !== undefined,
    size: 100,
    hashes: digests('a'),
    ...facts,
  };
}

function listing(file: DiskFile | undefined, shown: PageFile | undefined, root = listed) {
  const shownPage = page('foo', ...(shown === undefined ? [] : [shown]));
  const disk = { files: new Map(file === undefined ? [] : [[filename, file]]), warnings: [] };
  return describeProject(foo, disk, { html: renderProjectHtml(shownPage), json: renderProjectJson(shownPage) }, root);
}
const pageOf = (file: DiskFile, shown: PageFile | undefined) => listing(file, shown).files[0]?.page;

describe('what the page says of a file', () => {
  it('is current where digest, size and companion agree', () => {
    expect(pageOf(onDisk(), pageFile(filename))).toBe('current');
    expect(pageOf(onDisk({ companion: digests('c') }), pageFile(filename, { coreMetadata: { sha256: hex('c') } }))).toBe('current');
  });

  it('is current by md5 alone where the page has nothing better', () => {
    expect(pageOf(onDisk(), pageFile(filename, { hashes: { md5: hex('a', 32) } }))).toBe('current');
  });

  it.each<[string, Partial<DiskFile>, Partial<PageFile>]>([
    ['the digest', {}, { hashes: { sha256: hex('b') } }],
    ['no digest that can be compared', {}, { hashes: {} }],
    ['the size', { size: 99 }, {}],
    ['no size', {}, { size: undefined }],
    ['a companion that is not there', {}, { coreMetadata: { sha256: hex('c') } }],
    ['no companion where there is one', { companion: digests('c') }, {}],
    ['another companion', { companion: digests('d') }, { coreMetadata: { sha256: hex('c') } }],
    ['a companion without digest', { companion: digests('d') }, { coreMetadata: {} }],
  ])('differs in %s', (_, file, shown) => {
    expect(pageOf(onDisk(file), pageFile(filename, shown))).toBe('differs');
  });

  it('is missing where the page does not list it', () => {
    expect(pageOf(onDisk(), undefined)).toBe('missing');
  });
});

describe('the facts of a file', () => {
  it('come from the page, its companion from disk', () => {
    const shown = pageFile(filename, {
      requiresPython: '>=3',
      uploadTime: '2020-01-01T00:00:00Z',
      yanked: { reason: '' },
      coreMetadata: { sha256: hex('c') },
    });
    expect(listing(onDisk({ companion: digests('d') }), shown).files[0]).toMatchObject({
      requiresPython: '>=3',
      uploadTime: '2020-01-01T00:00:00Z',
      yanked: { reason: '' },
      coreMetadata: { sha256: hex('d') },
      url: `file:///mirror/packages/foo/${filename}`,
    });
  });
});

describe('the page of a project', () => {
  it('is not stale because of a file that it does not list: that is said of the file', () => {
    expect(listing(onDisk(), undefined).stalePage).toBeUndefined();
  });

  it('says how many files are gone', () => {
    const gone = page('foo', pageFile('foo-1.0.tar.gz'), pageFile('foo-2.0.tar.gz'), pageFile('foo-3.0.tar.gz'));
    const texts = { html: renderProjectHtml(gone), json: renderProjectJson(gone) };
    expect(describeProject(foo, { files: new Map(), warnings: [] }, texts, listed).stalePage).toBe(
      'the page lists foo-1.0.tar.gz and 2 more files that are not there',
    );
  });

  it('names everything that is wrong', () => {
    expect(listing(undefined, pageFile(filename), { lists: false, problem: undefined }).stalePage).toBe(
      `the page lists ${filename} that is not there; the list of all projects lacks it`,
    );
  });
});
