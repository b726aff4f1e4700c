import { describe, expect, it } from '@jest/globals';
import { PkgsyncError } from '../../../src/errors.ts';
import { parseCoreMetadata } from '../../../src/archive/core-metadata.ts';
import type { EffectiveRule } from '../../../src/manifest/manifest.ts';
import { nameOf, candidate, asOf, file } from '../../support/builders.ts';
import { parseTarget } from '../../../src/packaging/target.ts';
import { dependencyClosure } from '../../../src/resolve/dependencies.ts';
import type { DependencyWalk } from '../../../src/resolve/dependencies.ts';
import { select } from '../../../src/resolve/select.ts';
import { fakeSource } from '../../support/fake-source.ts';

/** filename -> lines of Requires-Dist, or what reading its metadata throws. */
type World = Readonly<Record<string, readonly string[] | Error>>;

interface Options {
  readonly rules?: Readonly<Record<string, EffectiveRule>>;
  readonly defaultRule?: EffectiveRule;
  readonly extraMetadata?: string;
  readonly locked?: Readonly<Record<string, readonly string[]>>;
}

/** Walks from `roots` and gives what it found as `name: versions <- requirers`, and the warnings. */
async function walk(roots: Readonly<Record<string, EffectiveRule>>, world: World, options: Options = {}) {
  const source = fakeSource({});
  const rules = { ...roots, ...options.rules };
  const surroundings: DependencyWalk = {
    defaultRule: options.defaultRule ?? {},
    ruleOf: (name) => rules[name],
    lockedRequirements: (name) => (options.locked?.[name] ?? []).map(nameOf),
    metadata: async (_source, { filename, name, version }) => {
      await Promise.resolve();
      const lines = world[filename] ?? [];
      if (!Array.isArray(lines)) throw lines as Error;
      const head = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${options.extraMetadata ?? ''}`;
      return parseCoreMetadata(Buffer.from(head + lines.map((line) => `Requires-Dist: ${line as string}\n`).join('')));
    },
    select: async (name, rule) => {
      await Promise.resolve();
      const candidates = Object.keys(world)
        .map((filename) => ({ ...candidate(filename), source: file(filename) }))
        .filter((one) => one.source.name === name);
      if (candidates.length === 0) return undefined;
      return { source, files: rule === 'as-locked' ? candidates : select(rule, candidates, asOf).selected };
    },
  };
  const start = Object.entries(roots).map(([name, rule]) => ({ name: nameOf(name), rule }));
  const { dependencies, warnings } = await dependencyClosure(start, surroundings);
  const found = [...dependencies].map(
    ([name, { versions, via }]) => `${name}: ${[...versions].sort().join(' ')} <- ${[...via].sort().join(' ')}`,
  );
  return { found: found.sort(), warnings: warnings.map(({ name, message }) => `${name}: ${message}`) };
}

const wheel = (name: string, version = '1.0') => `${name}-${version}-py3-none-any.whl`;

describe('dependencyClosure', () => {
  it('follows requirements to their end and remembers who required what', async () => {
    const world = { [wheel('a')]: ['b', 'c>=1'], [wheel('b')]: ['c'], [wheel('c')]: ['d'], [wheel('d')]: [] };
    expect((await walk({ a: {} }, world)).found).toEqual(['b: 1.0 <- a', 'c: 1.0 <- a b', 'd: 1.0 <- c']);
  });

  it('ends where requirements form a circle', async () => {
    const world = { [wheel('a')]: ['b'], [wheel('b')]: ['a', 'b', 'c'], [wheel('c')]: ['b'] };
    expect((await walk({ a: {} }, world)).found).toEqual(['b: 1.0 <- a b c', 'c: 1.0 <- b']);
  });

  it('takes the newest version that each requirement accepts', async () => {
    const world = {
      [wheel('a', '1.0')]: ['c<2'],
      [wheel('a', '2.0')]: ['c>=1'],
      [wheel('c', '1.0')]: [],
      [wheel('c', '1.9')]: [],
      [wheel('c', '3.0')]: [],
    };
    expect((await walk({ a: {} }, world)).found).toEqual(['c: 1.9 3.0 <- a']);
  });

  it('follows every version that a root selects', async () => {
    const world = { [wheel('a', '1.0')]: ['b'], [wheel('a', '2.0')]: ['c'], [wheel('b')]: [], [wheel('c')]: [] };
    expect((await walk({ a: {} }, world)).found).toEqual(['b: 1.0 <- a', 'c: 1.0 <- a']);
    expect((await walk({ a: { latest: 1 } }, world)).found).toEqual(['c: 1.0 <- a']);
  });

  it('follows extras that are asked for, by the rule or by a requirement, in any spelling', async () => {
    const world = {
      [wheel('a')]: ['b[Fast_Path]', 'c; extra == "redis"', 'd; extra == "other"'],
      [wheel('b')]: ['e; extra == "fast-path"', 'f; extra == "slow"'],
      ...Object.fromEntries(['c', 'd', 'e', 'f'].map((name) => [wheel(name), []])),
    };
    expect((await walk({ a: {} }, world)).found).toEqual(['b: 1.0 <- a', 'e: 1.0 <- b']);
    expect((await walk({ a: { extras: ['redis'] } }, world)).found).toEqual(['b: 1.0 <- a', 'c: 1.0 <- a', 'e: 1.0 <- b']);
  });

  describe('with markers', () => {
    const world = {
      [wheel('a')]: ['w; sys_platform == "win32"', 'l; sys_platform == "linux"', 'p; python_version < "3.9"'],
      ...Object.fromEntries(['w', 'l', 'p'].map((name) => [wheel(name), []])),
    };
    const linux = parseTarget({ python: '3.12', platform: 'manylinux_2_28_x86_64' });
    const windows = parseTarget({ python: '3.8', platform: 'win_amd64' });

    it('follows what some declared target needs', async () => {
      expect((await walk({ a: { targets: [linux] } }, world)).found).toEqual(['l: 1.0 <- a']);
      expect((await walk({ a: { targets: [linux, windows] } }, world)).found).toEqual(['l: 1.0 <- a', 'p: 1.0 <- a', 'w: 1.0 <- a']);
    });

    it('follows everything where no target is declared', async () => {
      expect((await walk({ a: {} }, world)).found).toHaveLength(3);
    });

    it('hands the targets of the root on to what its dependencies require', async () => {
      const deeper = { [wheel('r')]: ['a'], ...world };
      expect((await walk({ r: { targets: [linux] } }, deeper)).found).toEqual(['a: 1.0 <- r', 'l: 1.0 <- a']);
    });

    it('follows a marker without meaning, with a warning', async () => {
      const odd = { [wheel('a')]: ['b; os_name ~= "posix"'], [wheel('b')]: [] };
      const { found, warnings } = await walk({ a: { targets: [linux] } }, odd);
      expect(found).toEqual(['b: 1.0 <- a']);
      expect(warnings).toEqual([
        expect.stringMatching(/^a: a-1\.0-py3-none-any\.whl: .*no meaning.*; the requirement is followed whatever/),
      ]);
    });
  });

  describe('for a package that the manifest names', () => {
    const world = { [wheel('a')]: ['b>=1'], [wheel('b', '1.0')]: ['c'], [wheel('b', '2.0')]: ['d'], [wheel('c')]: [], [wheel('d')]: [] };

    it('follows the newest that the requirement and any one of its specifiers admit', async () => {
      const rules = { b: { version: ['==1.0', '==2.0'] } };
      expect((await walk({ a: {} }, world, { rules })).found).toEqual(['d: 1.0 <- b']);
      expect((await walk({ a: {} }, { ...world, [wheel('a')]: ['b<2'] }, { rules })).found).toEqual(['c: 1.0 <- b']);
    });

    it('keeps its own rule and follows what that admits', async () => {
      expect((await walk({ a: {} }, world, { rules: { b: { version: '<2' } } })).found).toEqual(['c: 1.0 <- b']);
    });

    it('warns where its rule cannot meet the requirement', async () => {
      const { found, warnings } = await walk({ a: {} }, { ...world, [wheel('a')]: ['b>=3'] }, { rules: { b: {} } });
      expect(found).toEqual([]);
      expect(warnings).toEqual(['a: a requires b>=3: no file that the rules admit satisfies it']);
    });
  });

  it('chooses dependencies by the default rule', async () => {
    const world = { [wheel('a')]: ['b'], [wheel('b', '1.0')]: [], [wheel('b', '2.0rc1')]: [] };
    expect((await walk({ a: {} }, world, { defaultRule: { prereleases: true } })).found).toEqual(['b: 2.0rc1 <- a']);
    expect((await walk({ a: {} }, world, { defaultRule: { exclude: ['==1.0'] } })).found).toEqual(['b: 2.0rc1 <- a']);
    expect((await walk({ a: {} }, world)).found).toEqual(['b: 1.0 <- a']);
  });

  it('tells the package that requires it what cannot be had, once', async () => {
    const world = { [wheel('a', '1.0')]: ['gone'], [wheel('a', '2.0')]: ['gone'] };
    expect((await walk({ a: {} }, world)).warnings).toEqual(['a: a requires gone: the source has no such project']);
  });

  it('warns of requirements that no index can supply, and leaves out what it cannot read', async () => {
    const world = { [wheel('a')]: ['b @ https://example.org/b.zip', 'what is this?', '_x', 'y_'], [wheel('b')]: [] };
    const { found, warnings } = await walk({ a: {} }, world);
    expect(found).toEqual([]);
    expect(warnings).toEqual([
      'a: a-1.0-py3-none-any.whl requires b from a URL: no index can supply that',
      expect.stringMatching(/^a: .*: requirement 'what is this\?' cannot be read and is left out: /),
      expect.stringMatching(/^a: .*: requirement '_x' cannot be read and is left out: /),
      "a: a-1.0-py3-none-any.whl: requirement 'y_' is left out: 'y_' is no valid project name",
    ]);
  });

  it('says which slips of a requirement it repaired', async () => {
    const { found, warnings } = await walk({ a: {} }, { [wheel('a')]: ['b>=1.0.*'], [wheel('b')]: [] });
    expect(found).toEqual(['b: 1.0 <- a']);
    expect(warnings).toEqual([
      expect.stringMatching(/: requirement 'b>=1\.0\.\*' is not valid and was repaired \(removed "\.\*" after an ordered comparison\)/),
    ]);
  });

  it('warns of an sdist that does not tell its requirements, unless a wheel does', async () => {
    const message = 'a: a-1.0.tar.gz is an sdist that does not tell its requirements before it is built: name them in the manifest';
    expect((await walk({ a: {} }, { 'a-1.0.tar.gz': [] })).warnings).toEqual([message]);
    expect((await walk({ a: {} }, { 'a-1.0.tar.gz': [], [wheel('a')]: [] })).warnings).toEqual([]);
    expect((await walk({ a: {} }, { 'a-1.0.tar.gz': [] }, { extraMetadata: 'Dynamic: Requires-Dist\n' })).warnings).toEqual([message]);
  });

  describe('where the metadata of a file is broken', () => {
    const broken = new PkgsyncError('METADATA_INVALID', 'no Name');
    const world = { [wheel('a')]: broken, [wheel('b')]: ['c'], [wheel('c')]: [] };

    it('keeps what is locked for it, with a warning', async () => {
      const { found, warnings } = await walk({ a: {} }, world, { locked: { a: ['b'] } });
      expect(found).toEqual(['b: 1.0 <- a', 'c: 1.0 <- b']);
      expect(warnings).toEqual(['a: the requirements of a-1.0-py3-none-any.whl cannot be read (no Name): what is locked for it stays']);
    });

    it('asks for help where nothing is locked', async () => {
      expect((await walk({ a: {} }, world)).warnings).toEqual([
        'a: the requirements of a-1.0-py3-none-any.whl cannot be read (no Name): if it requires others, name them in the manifest',
      ]);
    });

    it('still fails for a file that cannot be had', async () => {
      const down = new PkgsyncError('UNREACHABLE', 'down', { retryable: true, hint: 'wait', status: 503 });
      await expect(walk({ a: {} }, { [wheel('a')]: down })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        message: 'cannot tell what a depends on without the metadata of a-1.0-py3-none-any.whl: down',
        hint: 'wait',
        status: 503,
        retryable: true,
        cause: down,
      });
    });

    it.each(['INTERRUPTED', 'INTERNAL'] as const)('leaves %s as it is', async (code) => {
      const error = new PkgsyncError(code, 'stop');
      await expect(walk({ a: {} }, { [wheel('a')]: error })).rejects.toBe(error);
    });
  });
});
