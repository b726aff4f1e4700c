import { describe, expect, it } from '@jest/globals';
import { askedFor, inTermsOfFlags, label } from '../../../src/cli/sync-arguments.ts';
import type { SyncFlags } from '../../../src/cli/sync-arguments.ts';
import { oneShotManifest } from '../../../src/manifest/one-shot.ts';
import { parseManifest } from '../../../src/manifest/load.ts';
import { thrownBy } from '../../support/thrown.ts';

const flags = (more: Partial<SyncFlags> = {}): SyncFlags => ({
  sourceUrl: 'https://pypi.org/simple/',
  destinationUrl: './mirror',
  specs: ['django'],
  ...more,
});
const texts = (given: Partial<SyncFlags>) => askedFor(flags(given)).requirements;

describe('askedFor', () => {
  it.each([
    [undefined, undefined, ['django']],
    ['', 1, ['django']],
    ['3', 3, ['django']],
  ])('takes --latest %p for the newest %p versions', (latest, expected, specs) => {
    expect(askedFor(flags({ latest })).latest).toBe(expected);
    expect(texts({ latest })).toEqual(specs);
  });

  it('gives back a package that --latest has swallowed', () => {
    expect(askedFor(flags({ latest: 'celery', specs: [] })).latest).toBe(1);
    expect(texts({ latest: 'celery>=5', specs: ['django'] })).toEqual(['celery>=5', 'django']);
  });

  it.each([
    [{ specs: [], all: true }, true, undefined],
    [{ specs: [], all: true, latest: '2' }, undefined, undefined],
    [{ specs: [], all: true, prereleases: false, yanked: true }, false, 'include'],
    [{}, undefined, undefined],
    [{ prereleases: true, yanked: false }, true, undefined],
  ])('takes for %j prereleases %p and yanked %p', (given, prereleases, yanked) => {
    expect(askedFor(flags(given))).toMatchObject({ prereleases, yanked });
  });

  it.each(['0', '-1', '1.5', '99999999999999999999'])('refuses --latest %s', (latest) => {
    expect(thrownBy(() => askedFor(flags({ latest }))).message).toContain('expected a whole number from 1');
  });

  it.each([
    ['nothing', { specs: [] }, 'nothing is asked for'],
    ['packages and all', { all: true }, 'exclude each other'],
    ['a file of versions and all', { specs: [], all: true, fromVersionsFile: 'v.cfg' }, "exclude each other, found 'v.cfg'"],
    ['a password in the source URL', { sourceUrl: 'https://u:canary@x.example/' }, '--source-url must not hold credentials'],
    ['a user in the destination URL', { destinationUrl: 'https://canary@x.example/' }, '--destination-url must not hold credentials'],
  ])('refuses %s', (_what, given, message) => {
    const error = thrownBy(() => askedFor(flags(given)));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(message);
    expect(`${error.message} ${error.hint ?? ''}`).not.toContain('canary');
  });

  it.each([
    ['./mirror', 'conf/pkgsync.json', '../mirror'],
    ['./conf/mirror', 'conf/pkgsync.json', './mirror'],
    ['./mirror', 'pkgsync.json', './mirror'],
    ['/srv/mirror', 'conf/pkgsync.json', '/srv/mirror'],
    ['https://x.example/', 'conf/pkgsync.json', 'https://x.example/'],
  ])('writes %s into %s as %s', (destinationUrl, path, expected) => {
    expect(askedFor(flags({ destinationUrl }), [], path).destination.location).toBe(expected);
  });
});

it('takes a file of versions for packages', () => {
  expect(askedFor(flags({ specs: [], fromVersionsFile: 'versions.cfg' })).requirements).toEqual([]);
});

describe('inTermsOfFlags', () => {
  const problemsOf = (more: Partial<SyncFlags>) => {
    const error = thrownBy(() =>
      inTermsOfFlags(() => parseManifest(oneShotManifest(askedFor(flags(more))), { path: label, folder: '/nowhere' })),
    );
    return [error.message, ...error.problems];
  };

  it.each([
    [{ destinationUrl: 'pypi.example' }, /^--destination-url: 'pypi\.example' looks like a URL without its scheme/],
    [{ sourceUrl: 'ftp://x.example/' }, /^--source-url: a URL with 'ftp'/],
    [{ destinationUrl: 'https://x.example/', destinationSimpleUrl: 'nowhere' }, /^--destination-simple-url: /],
    [{ specs: ['django>2,<1'] }, /^SPEC: no version can satisfy/],
  ])('names the flag that %j got wrong', (more, expected) => {
    expect(problemsOf(more)).toEqual([expect.stringMatching(expected)]);
  });

  it('lets other errors pass', () => {
    expect(() => inTermsOfFlags((): unknown => JSON.parse('no'))).toThrow(SyntaxError);
  });
});
