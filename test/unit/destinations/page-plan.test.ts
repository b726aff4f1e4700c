import { describe, expect, it } from '@jest/globals';
import {
  needsCompanionDigest,
  needsRequiresPython,
  needsSha256,
  pageFor,
  type PageableFile,
  type Said,
} from '../../../src/destinations/page-plan.ts';
import type { PageFile } from '../../../src/destinations/project-page.ts';
import type { FileFacts } from '../../../src/packaging/distribution-file.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { hex, pageFile } from '../../support/page-builders.ts';

const filename = 'foo-1.0-py3-none-any.whl';
const wantedFacts: FileFacts = {
  filename,
  version: '1.0',
  packageType: 'bdist_wheel',
  hashes: { sha256: hex('a') },
  size: 10,
  yanked: false,
};

function shown(file: Partial<PageableFile>, said: Partial<Said>): PageFile | undefined {
  const entry = { filename, version: '1.0', size: 99, wanted: undefined, before: undefined, ...file, ...said };
  return pageFor(normalizeName('foo'), [entry]).files[0];
}

describe('a wanted file', () => {
  it('is shown with the approved digest and size, whatever lies on disk', () => {
    expect(shown({ sha256: hex('b') }, { wanted: wantedFacts })).toMatchObject({ hashes: { sha256: hex('a') }, size: 10 });
  });

  it('is shown with sha256 of the bytes where that is not approved but agrees with what is', () => {
    expect(shown({ sha256: hex('b') }, { wanted: { ...wantedFacts, hashes: { md5: hex('1', 32) } } })?.hashes).toEqual({
      sha256: hex('b'),
    });
    expect(shown({}, { wanted: { ...wantedFacts, hashes: { md5: hex('1', 32) } } })?.hashes).toEqual({ md5: hex('1', 32) });
  });

  it('gets its facts from the approved state, not from the page before', () => {
    const before = pageFile(filename, { yanked: { reason: 'old' }, requiresPython: '>=2', uploadTime: 'old' });
    expect(shown({}, { wanted: { ...wantedFacts, requiresPython: '>=3' }, before })).toMatchObject({
      requiresPython: '>=3',
      uploadTime: undefined,
      yanked: false,
    });
  });

  it('announces a companion only where it lies, with the approved digest if there is one', () => {
    const promised = { wanted: { ...wantedFacts, coreMetadata: { sha256: hex('c') } } };
    expect(shown({}, promised)?.coreMetadata).toBeUndefined();
    expect(shown({ companion: { sha256: hex('d') } }, promised)?.coreMetadata).toEqual({ sha256: hex('c') });
    expect(shown({ companion: { sha256: hex('d') } }, { wanted: wantedFacts })?.coreMetadata).toEqual({ sha256: hex('d') });
  });

  it('takes its size from disk where none is approved', () => {
    expect(shown({}, { wanted: { ...wantedFacts, size: undefined } })?.size).toBe(99);
  });
});

describe('a file that nobody wants', () => {
  const before = pageFile(filename, { hashes: { sha256: hex('b') }, size: 20, requiresPython: '>=2', yanked: { reason: 'x' } });

  it('keeps what the page said of it', () => {
    expect(shown({ sha256: hex('f'), requiresPython: '>=9' }, { before })).toEqual({ ...before, coreMetadata: undefined });
  });

  it('gets the digest of its bytes where the page gave none', () => {
    expect(shown({ sha256: hex('f') }, { before: { ...before, hashes: {}, size: undefined } })).toMatchObject({
      hashes: { sha256: hex('f') },
      size: 99,
    });
  });

  it('is described by itself where there is no page', () => {
    expect(shown({ sha256: hex('f'), requiresPython: '>=9', companion: { sha256: hex('e') } }, {})).toEqual({
      filename,
      version: '1.0',
      hashes: { sha256: hex('f') },
      size: 99,
      requiresPython: '>=9',
      yanked: false,
      coreMetadata: { sha256: hex('e') },
    });
  });
});

describe('what has to be found out', () => {
  const before = pageFile(filename);

  it('is nothing where approved state or page give sha256', () => {
    expect(needsSha256({ wanted: wantedFacts, before: undefined })).toBe(false);
    expect(needsSha256({ wanted: undefined, before })).toBe(false);
  });

  it('is sha256 where they do not', () => {
    expect(needsSha256({ wanted: { ...wantedFacts, hashes: { md5: hex('1', 32) } }, before })).toBe(true);
    expect(needsSha256({ wanted: undefined, before: { ...before, hashes: {} } })).toBe(true);
    expect(needsSha256({ wanted: undefined, before: undefined })).toBe(true);
  });

  it("is the companion's digest where none is approved or shown", () => {
    expect(needsCompanionDigest({ wanted: { ...wantedFacts, coreMetadata: { sha256: hex('c') } }, before: undefined })).toBe(false);
    expect(needsCompanionDigest({ wanted: { ...wantedFacts, coreMetadata: {} }, before: undefined })).toBe(true);
    expect(needsCompanionDigest({ wanted: wantedFacts, before: { ...before, coreMetadata: { sha256: hex('c') } } })).toBe(true);
  });

  it('is requires-python only where nobody says anything', () => {
    expect(needsRequiresPython({ wanted: undefined, before: undefined })).toBe(true);
    expect(needsRequiresPython({ wanted: wantedFacts, before: undefined })).toBe(false);
    expect(needsRequiresPython({ wanted: undefined, before })).toBe(false);
  });
});
