import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadSchema, type SchemaName } from '../../../src/io/json-schema.ts';
import { fileKinds, gates, serverKinds } from '../../../src/manifest/manifest.ts';
import { normalise } from '../../../src/manifest/normalise.ts';
import type { WrittenManifest } from '../../../src/manifest/written.ts';
import { manifestOf } from '../../support/manifest.ts';

interface Schema {
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const schema = loadSchema('manifest') as Schema;
const definition = (name: string): Schema => schema.definitions?.[name] ?? {};

/** Every property of the schema with its place, wherever it stands. */
function propertiesIn(value: unknown, place = '#'): readonly { place: string; property: Schema }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    ...(key === 'properties'
      ? Object.entries(child as object).map(([name, property]) => ({ place: `${place}/${name}`, property: property as Schema }))
      : []),
    ...propertiesIn(child, `${place}/${key}`),
  ]);
}

describe.each<[SchemaName]>([['manifest'], ['lock']])('the schema of the %s', (name) => {
  it('describes every key, for editors', () => {
    // The digests of a lock are named by their algorithms, which says it all; parts of a condition are no keys of their own.
    const keys = propertiesIn(loadSchema(name)).filter(({ place }) => !place.includes('/hashes/') && !place.includes('/if/'));
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter(({ property }) => (property.description ?? '').length < 5).map(({ place }) => place)).toEqual([]);
  });
});

describe('the words that the manifest schema accepts', () => {
  const rule = definition('rule').properties ?? {};

  it('are those that the code knows', () => {
    expect(definition('upload').properties?.['server']?.enum).toEqual([...serverKinds]);
    expect(rule['files']?.items?.enum).toEqual([...fileKinds]);
    expect(definition('exception').properties?.['gate']?.enum).toEqual([...gates]);
    expect(Object.keys(definition('policy').properties ?? {}).sort()).toEqual([...gates].sort());
  });
});

describe('the keys that the manifest schema accepts', () => {
  const linux = { python: '3.12', platform: 'win_amd64', implementation: 'cp', abi: 'cp312' };
  const share = { files: 1, percent: 1 };
  const limits = { maxRemove: share, maxReplace: share, maxUpload: { files: 1, bytes: 1 } };
  const prune = { dropped: true, superseded: true, unlisted: true };
  const auth = {
    username: 'a',
    usernameEnv: 'B',
    passwordEnv: 'C',
    tokenEnv: 'D',
    command: ['e'],
    keyring: 'f',
    trustedPublishing: true,
    audience: 'g',
  };
  const tls = { caFile: 'a', clientCertFile: 'b', clientKeyFile: 'c', passphraseEnv: 'D' };
  const narrowed = { include: ['x'], exclude: ['y'], prune, limits };
  const rule = {
    version: '>1',
    exclude: '==2',
    latest: 1,
    latestPer: 'major',
    prereleases: true,
    yanked: 'include',
    files: ['wheel'],
    sdist: 'never',
    targets: ['linux'],
    minAge: '1d',
    maxFileSize: 1,
    source: 'default',
    destinations: ['default'],
    dependencies: true,
    extras: ['x'],
    reason: 'r',
    owner: 'o',
  };
  const written = {
    source: { url: './w', serialization: 'json', names: ['acme-*'], auth, tls },
    sources: {},
    destination: { type: 'directory', path: './m', ...narrowed },
    destinations: {
      up: { type: 'upload', url: 'https://x.example/', server: 'pypi', simpleUrl: 'https://x.example/simple/', auth, tls, ...narrowed },
    },
    packages: { a: rule },
    all: true,
    exclude: ['z'],
    targets: { linux },
    defaults: rule,
    unmanaged: ['u'],
    prune,
    onMismatch: 'replace',
    limits,
    policy: { minAge: '1d', maxFileSize: 1, deny: ['d'], requireSha256: true },
    exceptions: [{ what: 'a', gate: 'deny', reason: 'r', until: '2027-01-01' }],
  };

  /** Reads by key, per object of the sample. */
  const reads = new Map<object, Set<string>>();
  const recording = <T extends object>(value: T): T =>
    new Proxy(value, {
      get(target, key): unknown {
        const read: unknown = Reflect.get(target, key);
        if (typeof key === 'string') reads.set(target, (reads.get(target) ?? new Set()).add(key));
        return typeof read === 'object' && read !== null && !Array.isArray(read) ? recording(read) : read;
      },
    });
  normalise(recording(written) as unknown as WrittenManifest, { path: 'p', folder: '/f' });
  // Arrays are handed over as they are, so their objects are recorded on their own.
  const [exception] = written.exceptions;
  normalise({ exceptions: [recording(exception!)] } as unknown as WrittenManifest, { path: 'p', folder: '/f' });

  const unread = new Set(['$schema', 'manifestVersion', 'password', 'token', 'passphrase', 'verify']);
  it.each<[string, Schema, object]>([
    ['the manifest', schema, written],
    ['a source', definition('source'), written.source],
    ['a directory', definition('directory'), written.destination],
    ['an upload destination', definition('upload'), written.destinations.up],
    ['auth', definition('auth'), auth],
    ['tls', definition('tls'), tls],
    ['a target', definition('target'), linux],
    ['a rule', definition('rule'), rule],
    ['prune', definition('prune'), prune],
    ['limits', definition('limits'), limits],
    ['a limit by share', definition('shareLimit'), share],
    ['the limit of uploads', definition('limits').properties?.['maxUpload'] ?? {}, limits.maxUpload],
    ['the policy', definition('policy'), written.policy],
    ['an exception', definition('exception'), exception!],
  ])('are exactly those that are read: %s', (_, part, sample) => {
    const accepted = Object.keys(part.properties ?? {}).filter((key) => !unread.has(key));
    expect([...(reads.get(sample) ?? [])].sort()).toEqual(accepted.sort());
  });
});

describe('every manifest in examples/', () => {
  const folder = new URL('../../../examples/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

  it('is found', () => {
    expect(names).toEqual(expect.arrayContaining(['simple.json', 'targets.json', 'destinations.json', 'mirror-all.json']));
  });

  it.each(names)('is valid: %s', (name) => {
    const { sources, destinations } = manifestOf(readFileSync(new URL(name, folder), 'utf8'));
    expect(sources.length).toBeGreaterThan(0);
    expect(destinations.length).toBeGreaterThan(0);
  });
});
