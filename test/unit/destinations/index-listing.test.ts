import { describe, expect, it } from '@jest/globals';
import { indexListing, withInherited } from '../../../src/destinations/index-listing.ts';
import type { Listing } from '../../../src/destinations/servers/profile.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import type { SourceIndex } from '../../../src/indexes/source-index.ts';
import { existing, file, listing, nameOf } from '../../support/builders.ts';

const a = nameOf('a');
const own = file('a-1.0.tar.gz');
const theirs = { ...file('a-2.0.tar.gz'), url: 'https://other.example/a-2.0.tar.gz' };
const from = ({ url }: { readonly url: string }): string | undefined => (url.includes('other.example') ? 'other' : undefined);

/** An index with one page, or the error that reading it ends with, and how often it was read. */
function index(files: readonly ReturnType<typeof file>[] | PkgsyncError | undefined, skipped: readonly string[] = []) {
  const state = { reads: 0 };
  const page: SourceIndex['project'] = async (name) => {
    await Promise.resolve();
    state.reads += 1;
    if (files instanceof PkgsyncError) throw files;
    if (files === undefined) return undefined;
    return {
      name,
      files,
      warnings: [],
      skipped: skipped.map((filename) => ({ filename, because: 'odd' })),
      projectStatus: { status: 'active' },
    } as never;
  };
  return { state, index: { project: page } as SourceIndex };
}

describe('indexListing', () => {
  it('tells what comes through the index from what it holds', async () => {
    expect(await indexListing(index([own, theirs]).index, { inheritedFrom: from }).list(a)).toMatchObject({
      present: true,
      files: [{ filename: own.filename }],
      inherited: [{ filename: theirs.filename, from: 'other' }],
    });
  });

  it('takes a project as absent that only others have, and one without any file as present', async () => {
    expect(await indexListing(index([theirs]).index, { inheritedFrom: from }).list(a)).toMatchObject({ present: false, files: [] });
    expect(await indexListing(index([]).index, { inheritedFrom: from }).list(a)).toMatchObject({ present: true, files: [] });
  });

  it('names what is no distribution', async () => {
    expect(await indexListing(index([own], ['a.odd']).index).list(a)).toMatchObject({
      unread: ['a.odd'],
      warnings: ['a.odd is left alone: odd'],
    });
  });
});

describe('withInherited', () => {
  const held: Listing = {
    projects: async function* () {
      yield await Promise.resolve(a);
    },
    list: () => Promise.resolve(listing('a', [existing(own.filename)])),
  };

  it('reads what is inherited only where it is asked for', async () => {
    const { state, index: shared } = index([own, theirs]);
    const both = withInherited(held, shared, from);
    expect((await both.list(a)).inherited).toBeUndefined();
    expect(state.reads).toBe(0);
    expect(await both.list(a, undefined, { inherited: true })).toMatchObject({
      files: [{ filename: own.filename }],
      inherited: [{ filename: theirs.filename, from: 'other' }],
    });
  });

  it.each<[string, readonly (typeof own)[] | undefined]>([
    ['nobody has the project', undefined],
    ['it inherits nothing', [own]],
  ])('says nothing where %s', async (_, files) => {
    expect((await withInherited(held, index(files).index, from).list(a, undefined, { inherited: true })).inherited).toBeUndefined();
  });

  it('lists its own files also where the others do not answer, says so once, and asks no more', async () => {
    const { state, index: shared } = index(new PkgsyncError('UNREACHABLE', 'the mirror is down', { retryable: true }));
    const both = withInherited(held, shared, from);
    const first = await both.list(a, undefined, { inherited: true });
    expect(first).toMatchObject({
      files: [{ filename: own.filename }],
      warnings: ['what a inherits there could not be read: the mirror is down'],
    });
    expect((await both.list(a, undefined, { inherited: true })).warnings).toEqual([]);
    expect(state.reads).toBe(1);
  });

  it('asks again after an answer that makes no sense', async () => {
    const { state, index: shared } = index(new PkgsyncError('BAD_RESPONSE', 'no page'));
    const both = withInherited(held, shared, from);
    await both.list(a, undefined, { inherited: true });
    await both.list(a, undefined, { inherited: true });
    expect(state.reads).toBe(2);
  });

  it('ends where it is interrupted', async () => {
    const both = withInherited(held, index(new PkgsyncError('INTERRUPTED', 'stop')).index, from);
    await expect(both.list(a, undefined, { inherited: true })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});
