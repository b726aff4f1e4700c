import { describe, expect, it } from '@jest/globals';
import { entryOf, factsOf, refreshed, sameEntry, yankedEntry } from '../../../src/resolve/entry.ts';
import { digestsOf, entry, facts, file } from '../../support/builders.ts';

const name = 'a-1.0.tar.gz';
const both = digestsOf(`content of ${name}`);
const companion = 'c'.repeat(64);

describe('entryOf and factsOf', () => {
  it('say the same of a file, there and back', () => {
    const listed = file(name, {
      hashes: both,
      requiresPython: '>=3.8',
      uploadTime: '2025-01-01T00:00:00Z',
      yanked: { reason: 'bad' },
      coreMetadata: { sha256: companion },
    });
    const { name: _name, url: _url, ...own } = listed;
    expect(factsOf(entryOf(listed), 'sdist')).toEqual(own);
  });

  it('tell no reason from no yank', () => {
    expect([yankedEntry(false), yankedEntry({ reason: '' }), yankedEntry({ reason: 'x' })]).toEqual([undefined, true, 'x']);
    expect(factsOf(entry(name, { yanked: true }), 'sdist').yanked).toEqual({ reason: '' });
    expect(factsOf(entry(name), 'sdist')).toEqual({
      ...facts(name),
      requiresPython: undefined,
      uploadTime: undefined,
      coreMetadata: undefined,
    });
  });
});

describe('refreshed', () => {
  it('gives the same object where nothing is new', () => {
    const old = entry(name);
    expect(refreshed(old, file(name))).toBe(old);
  });

  it('adds what was missing, and changes no digest, size or metadata', () => {
    const old = entry(name, { size: 5, metadata: companion });
    const listed = file(name, { hashes: both, coreMetadata: { sha256: 'd'.repeat(64) } });
    expect(refreshed(old, listed)).toMatchObject({ hashes: both, size: 5, metadata: companion });
  });

  it('takes facts, but no digest, size or metadata, from a listing that proves nothing', () => {
    const old = entry(name, { size: undefined });
    const listed = file(name, { hashes: { md5: both.md5 }, uploadTime: '2025-01-01T00:00:00Z', coreMetadata: { sha256: companion } });
    expect(refreshed(old, listed)).toEqual({ ...old, uploadTime: '2025-01-01T00:00:00Z', yanked: undefined, metadata: undefined });
  });

  it('takes nothing from a listing of other bytes', () => {
    const old = entry(name);
    expect(refreshed(old, file(name, { content: 'other', yanked: { reason: 'x' } }))).toBe(old);
  });
});

describe('sameEntry', () => {
  it('sees every field', () => {
    const one = entry(name);
    for (const other of [
      { version: '2' },
      { size: 0 },
      { requiresPython: '>=3' },
      { uploadTime: 'x' },
      { yanked: true },
      { metadata: companion },
      { removed: 'superseded' },
      { hashes: both },
    ] as const)
      expect([other, sameEntry(one, { ...one, ...other })]).toEqual([other, false]);
    expect(sameEntry(one, { ...one })).toBe(true);
  });
});
