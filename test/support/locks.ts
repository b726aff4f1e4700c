import fc from 'fast-check';
import type { LockEntry, LockPackage } from '../../src/lockfile/lock.ts';
import type { EffectiveRule } from '../../src/manifest/manifest.ts';
import { compareText, normalizeName } from '../../src/packaging/name.ts';

/** A digest of the right length, different for different seeds. */
export function digest(seed: string | number, length = 64): string {
  const hex = Buffer.from(String(seed)).toString('hex');
  return hex.repeat(Math.ceil(length / hex.length)).slice(0, length);
}

/** A file entry; `filename` decides the rest unless given. */
export function lockEntry(filename: string, fields: Partial<LockEntry> = {}): LockEntry {
  return { filename, version: '1.0', hashes: { sha256: digest(filename) }, ...fields };
}

/** A package with these files, or with one sdist. */
export function lockPackage(name: string, fields: Partial<LockPackage> = {}): LockPackage {
  const normal = normalizeName(name);
  return { name: normal, rule: {}, files: [lockEntry(`${normal.replaceAll('-', '_')}-1.0.tar.gz`)], ...fields };
}

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const hex = (length: number) => fc.nat().map((seed) => digest(seed, length));
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const names = fc.stringMatching(/^[a-z0-9]{1,4}(-[a-z0-9]{1,3}){0,2}$/);

const rules: fc.Arbitrary<EffectiveRule> = fc.record(
  {
    version: fc.constantFrom('>=1', '<6,>=4.2'),
    exclude: fc.constant(['==1.1']),
    latest: fc.integer({ min: 1, max: 9 }),
    prereleases: fc.boolean(),
    yanked: fc.constant('include' as const),
    files: fc.constant(['wheel', 'sdist'] as const),
    targets: fc.constant([{ python: '3.12', platform: 'win_amd64', implementation: 'cp' }]),
    minAge: fc.integer({ min: 1, max: 99 }),
    dependencies: fc.boolean(),
    extras: fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
);

function entriesOf(name: string): fc.Arbitrary<readonly LockEntry[]> {
  const entry = fc.record({
    filename: fc
      .tuple(fc.nat(20), fc.constantFrom('-py3-none-any.whl', '.tar.gz', '.zip'))
      .map(([minor, end]) => `${name.replaceAll('-', '_')}-1.${minor}${end}`),
    // A spelling of the filename's version.
    version: fc.constantFrom('', '.0', '.0.0'),
    size: optional(fc.maxSafeNat()),
    hashes: fc.record({ md5: hex(32), sha256: hex(64), sha512: hex(128), sha1: hex(40) }, { requiredKeys: ['sha256'] }),
    requiresPython: optional(text),
    uploadTime: optional(fc.constant('2026-01-02T03:04:05.678901Z')),
    yanked: optional(fc.oneof(fc.constant(true as const), text)),
    metadata: optional(hex(64)),
    removed: optional(fc.constantFrom('package-removed' as const, 'rule-changed' as const, 'superseded' as const)),
  });
  const consistent = entry.map(({ filename, version, ...rest }) => ({
    filename,
    version: `${/-(1\.\d+)/.exec(filename)?.[1] ?? ''}${version}`,
    ...rest,
  }));
  return fc
    .uniqueArray(consistent, { selector: ({ filename }) => filename, maxLength: 6 })
    .map((entries) => entries.toSorted((a, b) => compareText(a.filename, b.filename)));
}

/** Whole locks: sorted packages with sorted files and all kinds of optional facts. */
export const anyLock: fc.Arbitrary<readonly LockPackage[]> = fc.uniqueArray(names, { maxLength: 8 }).chain((chosen) =>
  fc.tuple(
    ...chosen.toSorted(compareText).map((name) =>
      fc.record({
        name: fc.constant(normalizeName(name)),
        rule: fc.option(rules),
        via: optional(fc.uniqueArray(names.map(normalizeName), { minLength: 1, maxLength: 3 }).map((via) => via.toSorted(compareText))),
        source: optional(fc.constantFrom('default', 'pypi')),
        files: entriesOf(name),
      }),
    ),
  ),
);
