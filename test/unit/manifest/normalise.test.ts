import { describe, expect, it } from '@jest/globals';
import { manifestOf, manifestWith } from '../../support/manifest.ts';

const gone = undefined;
const noLimit = { files: 10, percent: 10 };
const never = { dropped: false, superseded: false, unlisted: false };

describe('a manifest in normal form', () => {
  it('has every field, also where little was written', () => {
    expect(manifestOf({ manifestVersion: 1, source: 'https://pypi.org/simple/', packages: {} })).toEqual({
      path: 'pkgsync.json',
      folder: '/project',
      sources: [{ name: 'default', location: 'https://pypi.org/simple/', serialization: 'auto', names: [] }],
      destinations: [],
      packages: [],
      all: false,
      exclude: [],
      defaultRule: {},
      unmanaged: [],
      onMismatch: 'report',
      policy: { deny: [], requireSha256: false },
      exceptions: [],
    });
  });

  it('is the same for short and long forms', () => {
    const short = manifestOf({ manifestVersion: 1, source: './wheels', destination: './mirror', packages: { celery: '>=5', flask: '*' } });
    const long = manifestOf({
      manifestVersion: 1,
      sources: { default: { url: './wheels', serialization: 'auto', names: [] } },
      destinations: {
        default: { type: 'directory', path: './mirror', include: [], exclude: [], prune: 'never', limits: { maxRemove: noLimit } },
      },
      packages: { flask: { version: '' }, celery: { version: ' >= 5 ' } },
    });
    expect(long).toEqual(short);
    expect(manifestOf({ manifestVersion: 1, source: './wheels', destination: './mirror', packages: ['flask', 'celery >= 5'] })).toEqual(
      short,
    );
  });

  it('takes a bare URL for an upload API and a bare path for a directory', () => {
    const { destinations } = manifestWith({ destination: gone, destinations: { a: 'https://pypi.corp.example/', b: '../mirror' } });
    expect(destinations).toMatchObject([
      { name: 'a', type: 'upload', url: 'https://pypi.corp.example/', server: 'auto' },
      { name: 'b', type: 'directory', path: '../mirror' },
    ]);
  });

  it('keeps the order of sources and sorts packages by their normal names', () => {
    const manifest = manifestWith({
      source: gone,
      sources: { z: './z', a: { url: './a', serialization: 'html', names: ['acme-*'], auth: { command: ['./t', 'x'] } } },
      packages: { 'Zope.Interface': '*', Django: '*', 'a-b': '*', a: '*' },
    });
    expect(manifest.sources).toEqual([
      { name: 'z', location: './z', serialization: 'auto', names: [] },
      { name: 'a', location: './a', serialization: 'html', names: ['acme-*'], auth: { command: ['./t', 'x'] } },
    ]);
    expect(manifest.packages.map(({ name }) => name)).toEqual(['a', 'a-b', 'django', 'zope-interface']);
  });

  it('reads requirement strings with extras', () => {
    const { packages } = manifestWith({ packages: ['Celery[Redis, msgpack]>=3.0.15'], defaults: { latest: 2, version: '<9' } });
    expect(packages).toEqual([
      { name: 'celery', rule: { version: '>=3.0.15', latest: 2, extras: ['msgpack', 'redis'] }, reason: undefined, owner: undefined },
    ]);
  });

  it('reads policy and exceptions in seconds and bytes', () => {
    const exception = { what: 'numpy==2.3.1', gate: 'minAge', reason: 'reviewed', until: '2027-03-31' };
    const manifest = manifestWith({
      policy: { minAge: '36h', maxFileSize: '1.5 GiB', deny: ['*-nightly'], requireSha256: true },
      exceptions: [exception],
    });
    expect(manifest.policy).toEqual({ minAge: 129_600, maxFileSize: 1_610_612_736, deny: ['*-nightly'], requireSha256: true });
    expect(manifest.exceptions).toEqual([exception]);
  });

  it('takes reason and owner from the rule or from the defaults', () => {
    const { packages } = manifestWith({
      defaults: { owner: 'platform', reason: 'by default' },
      packages: { a: '*', b: { owner: 'data', reason: null } },
    });
    expect(packages).toMatchObject([
      { owner: 'platform', reason: 'by default', rule: {} },
      { owner: 'data', reason: undefined, rule: {} },
    ]);
  });
});

describe('prune', () => {
  const pruneOf = (top: unknown, own: unknown) =>
    manifestWith({ prune: top, destination: { type: 'directory', path: './m', prune: own } }).destinations[0]?.prune;

  it.each([
    ['never', never],
    ['tombstoned', { dropped: true, superseded: true, unlisted: false }],
    ['exact', { dropped: true, superseded: true, unlisted: true }],
    [{ superseded: true }, { dropped: false, superseded: true, unlisted: false }],
    [gone, never],
  ])('%j means %j', (written, prune) => {
    expect(pruneOf(written, gone)).toEqual(prune);
  });

  it('of a destination replaces the general one, an object key by key', () => {
    expect(pruneOf('exact', { unlisted: false })).toEqual({ dropped: true, superseded: true, unlisted: false });
    expect(pruneOf('exact', 'never')).toEqual(never);
  });
});

describe('limits', () => {
  const limitsOf = (top: unknown, own: unknown) =>
    manifestWith({ limits: top, destination: { type: 'directory', path: './m', limits: own } }).destinations[0]?.limits;

  it('are the larger of 10 files and 10 percent by default, uploads unlimited', () => {
    expect(limitsOf(gone, gone)).toEqual({ maxRemove: noLimit, maxReplace: noLimit, maxUpload: {} });
  });

  it('of a destination replace the general ones limit by limit, each whole', () => {
    const top = { maxRemove: { files: 20, percent: 5 }, maxReplace: { percent: 1 }, maxUpload: { files: 7 } };
    expect(limitsOf(top, { maxRemove: { files: 0 }, maxUpload: { bytes: '2 GB' } })).toEqual({
      maxRemove: { files: 0 },
      maxReplace: { percent: 1 },
      maxUpload: { bytes: 2_000_000_000 },
    });
  });
});
