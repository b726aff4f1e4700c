import { describe, expect, it } from '@jest/globals';
import { parseManifest } from '../../../src/manifest/load.ts';
import { oneShotManifest } from '../../../src/manifest/one-shot.ts';
import type { OneShot } from '../../../src/manifest/one-shot.ts';
import { nameOf } from '../../support/builders.ts';
import { thrownBy } from '../../support/thrown.ts';

const asked = (more: Partial<OneShot> = {}): OneShot => ({
  source: { location: 'https://pypi.org/simple/' },
  destination: { location: './mirror' },
  requirements: ['django'],
  all: false,
  exclude: [],
  ...more,
});
const written = (more: Partial<OneShot> = {}) => JSON.parse(oneShotManifest(asked(more))) as Record<string, unknown>;
const manifest = (more: Partial<OneShot> = {}) => parseManifest(oneShotManifest(asked(more)), { path: 'p', folder: '/f' });
const requirements = (...texts: string[]) => ({ requirements: texts });
const pin = (name: string, ...versions: string[]) => ({
  name: nameOf(name),
  versions,
  extras: [],
  where: [`versions.cfg:${versions.length}`],
});

describe('oneShotManifest', () => {
  it('says what the arguments say, in short forms', () => {
    expect(written(requirements('Django>=4.2,<6', 'celery'))).toEqual({
      $schema: './node_modules/pkgsync/schema/manifest.schema.json',
      manifestVersion: 1,
      source: 'https://pypi.org/simple/',
      destination: './mirror',
      packages: { celery: '*', django: '<6,>=4.2' },
    });
  });

  it('keeps extras', () => {
    expect(manifest(requirements('celery[redis]>=5')).packages[0]).toMatchObject({
      name: 'celery',
      rule: { version: '>=5', extras: ['redis'] },
    });
  });

  it('names variables where passwords would stand', () => {
    const destination = {
      location: 'https://x.example/',
      username: 'ci',
      server: 'devpi',
      simpleUrl: 'https://x.example/+simple/',
    } as const;
    expect(written({ source: { location: 'https://y.example/', username: 'me' }, destination })).toMatchObject({
      source: { url: 'https://y.example/', auth: { username: 'me', passwordEnv: 'PKGSYNC_SOURCE_PASSWORD' } },
      destination: {
        type: 'upload',
        url: 'https://x.example/',
        server: 'devpi',
        simpleUrl: 'https://x.example/+simple/',
        auth: { username: 'ci', passwordEnv: 'PKGSYNC_DESTINATION_PASSWORD' },
      },
    });
  });

  it('takes everything with all, less what is excluded', () => {
    const made = manifest({ requirements: [], all: true, exclude: ['acme-*', 'django<4'], latest: 2 });
    expect(made).toMatchObject({ all: true, exclude: ['acme-*', 'django<4'], defaultRule: { latest: 2 }, packages: [] });
  });

  it('leaves out packages and versions that are excluded', () => {
    const made = manifest({ ...requirements('django', 'celery', 'acme-one'), exclude: ['Django<4', 'acme_*'] });
    expect(made.packages.map(({ name, rule }) => [name, rule.exclude])).toEqual([
      ['celery', undefined],
      ['django', ['<4']],
    ]);
  });

  it('takes pinned versions beside requirements, alternatives too', () => {
    const made = manifest({
      ...requirements('alpha'),
      pinned: [pin('celery', '==5.3'), pin('django', '==4.2', '==5.0'), pin('acme', '==1')],
      exclude: ['acme'],
    });
    expect(made.packages.map(({ name, rule }) => [name, rule.version])).toEqual([
      ['alpha', undefined],
      ['celery', '==5.3'],
      ['django', ['==4.2', '==5.0']],
    ]);
  });

  it('never prunes and never replaces', () => {
    const made = manifest();
    expect(made.destinations[0]?.prune).toEqual({ dropped: false, superseded: false, unlisted: false });
    expect(made.onMismatch).toBe('report');
  });

  it.each([
    [requirements('django', 'Django>4'), 'USAGE', 'django is asked for twice'],
    [
      { ...requirements('celery', 'django'), pinned: [pin('django', '==4.2')] },
      'USAGE',
      'django is asked for twice, also in versions.cfg:1',
    ],
    [requirements('django; python_version > "3"'), 'USAGE', 'a marker can play no part here'],
    [requirements('django @ https://x.example/d.whl'), 'USAGE', 'a URL can play no part here'],
    [requirements('django @ https://ci:s3cret@x.example/d.whl?t=s3cret'), 'USAGE', 'https://****@x.example/d.whl'],
    [
      { ...requirements('a'), exclude: ['django @ https://ci:s3cret@x.example/d.whl'] },
      'REQUIREMENT_INVALID',
      'https://****@x.example/d.whl',
    ],
    [requirements('not a name'), 'REQUIREMENT_INVALID', 'not a name'],
    [{ exclude: ['django;'] }, 'REQUIREMENT_INVALID', 'django;'],
    [{ source: { location: './wheels', username: 'me' } }, 'USAGE', 'the source is a folder'],
    [{ destination: { location: './mirror', username: 'me' } }, 'USAGE', 'no use for a user name'],
    [{ destination: { location: './mirror', server: 'devpi' } }, 'USAGE', 'no use for a kind of server'],
    [{ destination: { location: './mirror', simpleUrl: 'https://x.example/' } }, 'USAGE', 'no use for a simple API'],
  ] as const)('refuses %j with %s', (more, code, message) => {
    const error = thrownBy(() => oneShotManifest(asked(more)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });
});
