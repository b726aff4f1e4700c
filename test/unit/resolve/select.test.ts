import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EffectiveRule } from '../../../src/manifest/manifest.ts';
import { parseTarget } from '../../../src/packaging/target.ts';
import { select } from '../../../src/resolve/select.ts';
import type { Candidate } from '../../../src/resolve/selection.ts';
import { asOf, candidate } from '../../support/builders.ts';

const linux312 = parseTarget({ python: '3.12', platform: 'manylinux_2_28_x86_64' });
const windows38 = parseTarget({ python: '3.8', platform: 'win_amd64' });
const daysAgo = (days: number) => new Date(asOf - days * 86_400_000).toISOString();

/** Names of what is selected, and why each of the others is not. */
function outcome(rule: EffectiveRule, files: readonly (string | Candidate)[]): { selected: string[]; excluded: Record<string, string> } {
  const candidates = files.map((file) => (typeof file === 'string' ? candidate(file) : file));
  const { selected, excluded } = select(rule, candidates, asOf);
  return {
    selected: selected.map(({ filename }) => filename),
    excluded: Object.fromEntries(excluded.map(({ filename, because }) => [filename, because])),
  };
}

describe('select', () => {
  it('takes every file where the rule says nothing', () => {
    const files = ['a-1.0.tar.gz', 'a-1.0-py3-none-any.whl', 'a-0.9.zip', 'a-1.0.win32.exe', 'a-1.0-py2.7.egg'];
    expect(outcome({}, files)).toEqual({ selected: files, excluded: {} });
  });

  it('keeps the order of the candidates', () => {
    expect(outcome({ version: '<3' }, ['a-2.0.tar.gz', 'a-1.0.tar.gz', 'a-3.0.tar.gz', 'a-1.5.tar.gz']).selected).toEqual([
      'a-2.0.tar.gz',
      'a-1.0.tar.gz',
      'a-1.5.tar.gz',
    ]);
  });

  describe('by kind', () => {
    it('takes the kinds that are named', () => {
      expect(outcome({ files: ['wheel'] }, ['a-1.0.tar.gz', 'a-1.0-py3-none-any.whl', 'a-1.0-py2.7.egg'])).toEqual({
        selected: ['a-1.0-py3-none-any.whl'],
        excluded: { 'a-1.0.tar.gz': 'kind', 'a-1.0-py2.7.egg': 'kind' },
      });
    });

    it('never takes an sdist where sdist is never', () => {
      expect(outcome({ sdist: 'never' }, ['a-1.0.tar.gz', 'a-1.0-py3-none-any.whl']).excluded).toEqual({ 'a-1.0.tar.gz': 'sdist' });
    });
  });

  describe('by target', () => {
    it('leaves out wheels that serve no target and keeps what is no wheel', () => {
      const files = ['a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl', 'a-1.0-cp312-cp312-win_amd64.whl', 'a-1.0.tar.gz', 'a-1.0-py2.7.egg'];
      expect(outcome({ targets: [linux312] }, files).excluded).toEqual({ 'a-1.0-cp312-cp312-win_amd64.whl': 'target' });
    });

    it('takes a wheel that serves any one of several targets', () => {
      const files = ['a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl', 'a-1.0-cp38-cp38-win_amd64.whl', 'a-1.0-cp39-cp39-win_amd64.whl'];
      expect(outcome({ targets: [linux312, windows38] }, files).excluded).toEqual({ 'a-1.0-cp39-cp39-win_amd64.whl': 'target' });
    });

    it('lets no variant wheel serve a target: its tags alone do not tell where it runs', () => {
      const variant = 'a-1.0-cp312-cp312-manylinux_2_17_x86_64-cu128.whl';
      expect(outcome({ targets: [linux312] }, [variant]).excluded).toEqual({ [variant]: 'target' });
    });

    it('asks that one target has both the tags and the Python', () => {
      const wheel = candidate('a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl', { requiresPython: '<3.9' });
      expect(outcome({ targets: [linux312, windows38] }, [wheel]).excluded).toEqual({ [wheel.filename]: 'requires-python' });
    });

    it.each([
      ['>=3.8', true],
      ['>=3.12.4', true],
      ['<=3.12.3', true],
      ['>=3.12.5,<3.12.9', true],
      ['!=3.12.*', false],
      ['>=3.13', false],
      ['<3.12', false],
      ['>=3.8.*', true],
      ['three or more', true],
    ])('reads Requires-Python %s for Python 3.12 as %s', (requiresPython, served) => {
      const files = [candidate('a-1.0.tar.gz', { requiresPython })];
      expect(outcome({ targets: [linux312] }, files).selected).toHaveLength(served ? 1 : 0);
    });

    it('does not look at Requires-Python where no target is declared', () => {
      expect(outcome({}, [candidate('a-1.0.tar.gz', { requiresPython: '<2' })]).selected).toHaveLength(1);
    });
  });

  describe('by size', () => {
    it('takes files up to the size, and those whose size is not published', () => {
      const files = [
        candidate('a-1.0.tar.gz', { size: 100 }),
        candidate('a-2.0.tar.gz', { size: 101 }),
        candidate('a-3.0.tar.gz', { size: undefined }),
      ];
      expect(outcome({ maxFileSize: 100 }, files).excluded).toEqual({ 'a-2.0.tar.gz': 'max-file-size' });
    });
  });

  describe('where files are yanked', () => {
    const yanked = candidate('a-2.0.tar.gz', { yanked: { reason: 'broken' } });

    it('skips them', () => {
      expect(outcome({}, ['a-1.0.tar.gz', yanked])).toEqual({ selected: ['a-1.0.tar.gz'], excluded: { 'a-2.0.tar.gz': 'yanked' } });
    });

    it('takes them where the rule includes them', () => {
      expect(outcome({ yanked: 'include' }, [yanked]).selected).toEqual(['a-2.0.tar.gz']);
    });

    it.each(['==2.0', '===2.0'])('takes them for the exact pin %s', (version) => {
      expect(outcome({ version }, [yanked]).selected).toEqual(['a-2.0.tar.gz']);
    });

    it('does not take a wildcard for a pin', () => {
      expect(outcome({ version: '==2.*' }, [yanked]).selected).toEqual([]);
    });

    it('takes them for one of several exact pins, and skips them for a range beside it', () => {
      const other = candidate('a-3.0.tar.gz', { yanked: { reason: '' } });
      expect(outcome({ version: ['==1.0', '==2.0'] }, ['a-1.0.tar.gz', yanked]).selected).toEqual(['a-1.0.tar.gz', 'a-2.0.tar.gz']);
      expect(outcome({ version: ['==2.0', '>=3'] }, [yanked, other])).toEqual({
        selected: ['a-2.0.tar.gz'],
        excluded: { 'a-3.0.tar.gz': 'yanked' },
      });
    });

    it('keeps one that is locked', () => {
      expect(outcome({}, [{ ...yanked, locked: true }]).selected).toEqual(['a-2.0.tar.gz']);
    });
  });

  describe('by age', () => {
    const week = 7 * 86_400;

    it('takes files of the age and older, to the second', () => {
      const files = [candidate('a-1.0.tar.gz', { uploadTime: daysAgo(7) }), candidate('a-2.0.tar.gz', { uploadTime: daysAgo(6.999) })];
      expect(outcome({ minAge: week }, files).excluded).toEqual({ 'a-2.0.tar.gz': 'min-age' });
    });

    it('keeps a young file that is locked', () => {
      expect(outcome({ minAge: week }, [candidate('a-1.0.tar.gz', { uploadTime: daysAgo(1), locked: true })]).selected).toHaveLength(1);
    });

    it('does not count young files among the newest', () => {
      const files = [candidate('a-1.0.tar.gz', { uploadTime: daysAgo(30) }), candidate('a-2.0.tar.gz', { uploadTime: daysAgo(1) })];
      expect(outcome({ minAge: week, latest: 1 }, files).selected).toEqual(['a-1.0.tar.gz']);
    });

    it.each([undefined, 'yesterday'])('lets a file with the upload time %s pass', (uploadTime) => {
      expect(outcome({ minAge: week }, [candidate('a-1.0.tar.gz', { uploadTime })]).selected).toHaveLength(1);
    });
  });

  describe('by version', () => {
    it('takes versions inside the specifier', () => {
      expect(outcome({ version: '>=1.1,<2' }, ['a-1.0.tar.gz', 'a-1.1.tar.gz', 'a-2.0.tar.gz']).excluded).toEqual({
        'a-1.0.tar.gz': 'version',
        'a-2.0.tar.gz': 'version',
      });
    });

    it('takes versions inside any one of several specifiers', () => {
      const files = ['a-1.26.4.tar.gz', 'a-1.26.4.post1.tar.gz', 'a-2.0.tar.gz', 'a-2.1.0.tar.gz', 'a-4.0.tar.gz'];
      expect(outcome({ version: ['==1.26.4', '==2.1.0', '>=4'] }, files)).toEqual({
        selected: ['a-1.26.4.tar.gz', 'a-2.1.0.tar.gz', 'a-4.0.tar.gz'],
        excluded: { 'a-1.26.4.post1.tar.gz': 'version', 'a-2.0.tar.gz': 'version' },
      });
    });

    it('judges pre-releases for each of several specifiers on its own', () => {
      const files = ['a-1.0rc1.tar.gz', 'a-2.0.tar.gz', 'a-2.1b1.tar.gz'];
      expect(outcome({ version: ['==1.0rc1', '>=2'] }, files)).toEqual({
        selected: ['a-1.0rc1.tar.gz', 'a-2.0.tar.gz'],
        excluded: { 'a-2.1b1.tar.gz': 'prerelease' },
      });
    });

    it('takes a version that is not PEP 440 only for any version, or by ===', () => {
      expect(outcome({}, ['a-2004d.zip']).selected).toEqual(['a-2004d.zip']);
      expect(outcome({ version: '===2004d' }, ['a-2004d.zip']).selected).toEqual(['a-2004d.zip']);
      expect(outcome({ version: '>=1' }, ['a-2004d.zip']).excluded).toEqual({ 'a-2004d.zip': 'version' });
    });

    it('leaves out excluded versions, pre-releases of the range too', () => {
      const rule: EffectiveRule = { prereleases: true, exclude: ['==2.*', '==1.5'] };
      expect(outcome(rule, ['a-1.0.tar.gz', 'a-1.5.0.tar.gz', 'a-2.0rc1.tar.gz', 'a-2.1.tar.gz']).selected).toEqual(['a-1.0.tar.gz']);
    });
  });

  describe('where there are pre-releases', () => {
    it('leaves them out where a final release matches', () => {
      expect(outcome({ version: '>=1' }, ['a-1.0.tar.gz', 'a-2.0rc1.tar.gz']).excluded).toEqual({ 'a-2.0rc1.tar.gz': 'prerelease' });
    });

    it('takes them where nothing else matches', () => {
      expect(outcome({ version: '>=2.0a0' }, ['a-1.0.tar.gz', 'a-2.0rc1.tar.gz']).selected).toEqual(['a-2.0rc1.tar.gz']);
      expect(outcome({ version: '<2' }, ['a-1.0b1.tar.gz', 'a-2.0.tar.gz']).selected).toEqual(['a-1.0b1.tar.gz']);
    });

    it('judges the list as a whole, not each file for itself', () => {
      const files = ['a-1.0rc1.tar.gz', 'a-1.0.tar.gz', 'a-1.1.dev1.tar.gz'];
      expect(outcome({}, files).selected).toEqual(['a-1.0.tar.gz']);
      expect(outcome({}, [files[0] ?? '', files[2] ?? '']).selected).toEqual([files[0], files[2]]);
    });

    it('counts only final releases that the other filters left, as != would', () => {
      expect(outcome({ exclude: ['==1.0'] }, ['a-1.0.tar.gz', 'a-1.1rc1.tar.gz']).selected).toEqual(['a-1.1rc1.tar.gz']);
      expect(outcome({ version: '!=1.0' }, ['a-1.0.tar.gz', 'a-1.1rc1.tar.gz']).selected).toEqual(['a-1.1rc1.tar.gz']);
    });

    it('does as the rule says', () => {
      expect(outcome({ prereleases: true }, ['a-1.0.tar.gz', 'a-2.0rc1.tar.gz']).selected).toHaveLength(2);
      expect(outcome({ prereleases: false }, ['a-2.0rc1.tar.gz']).selected).toHaveLength(0);
    });

    it('takes them where the specifier names one', () => {
      expect(outcome({ version: '>=1.0rc1' }, ['a-1.0.tar.gz', 'a-2.0rc1.tar.gz']).selected).toHaveLength(2);
    });
  });

  describe('with latest', () => {
    it('takes the files of the newest versions, whatever their spelling and order', () => {
      const files = ['a-1.9.tar.gz', 'a-1.10.tar.gz', 'a-1.10.0-py3-none-any.whl', 'a-1.2.tar.gz'];
      expect(outcome({ latest: 1 }, files)).toEqual({
        selected: ['a-1.10.tar.gz', 'a-1.10.0-py3-none-any.whl'],
        excluded: { 'a-1.9.tar.gz': 'latest', 'a-1.2.tar.gz': 'latest' },
      });
    });

    it('ranks epochs, post-releases and texts that are no version', () => {
      const files = ['a-1!1.0.tar.gz', 'a-2.0.tar.gz', 'a-2.0.post1.tar.gz', 'a-2004d.zip'];
      expect(outcome({ latest: 2 }, files).selected).toEqual(['a-1!1.0.tar.gz', 'a-2.0.post1.tar.gz']);
    });

    it('counts within each major or minor line', () => {
      const files = ['a-1.0.tar.gz', 'a-1.1.tar.gz', 'a-1.1.1.tar.gz', 'a-2.0.tar.gz', 'a-2.tar.gz', 'a-2.0.1.tar.gz'];
      expect(outcome({ latestPer: 'major' }, files).selected).toEqual(['a-1.1.1.tar.gz', 'a-2.0.1.tar.gz']);
      expect(outcome({ latestPer: 'minor', latest: 1 }, files).selected).toEqual(['a-1.0.tar.gz', 'a-1.1.1.tar.gz', 'a-2.0.1.tar.gz']);
      expect(outcome({ latestPer: 'minor', latest: 2 }, files).selected).toEqual(files);
    });

    it('takes N of each line where both are given', () => {
      const files = ['a-1.0.tar.gz', 'a-1.1.tar.gz', 'a-1.2.tar.gz', 'a-2.0.tar.gz'];
      expect(outcome({ latestPer: 'major', latest: 2 }, files).selected).toEqual(['a-1.1.tar.gz', 'a-1.2.tar.gz', 'a-2.0.tar.gz']);
    });
  });

  describe('with sdist as fallback', () => {
    it('drops the sdist of a version that has a wheel', () => {
      const files = ['a-1.0.tar.gz', 'a-1.0-py3-none-any.whl', 'a-2.0.tar.gz'];
      expect(outcome({ sdist: 'fallback' }, files).excluded).toEqual({ 'a-1.0.tar.gz': 'sdist-fallback' });
    });

    it('keeps it where a target has no wheel', () => {
      const files = ['a-1.0.tar.gz', 'a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl'];
      expect(outcome({ sdist: 'fallback', targets: [linux312, windows38] }, files).selected).toEqual(files);
      expect(outcome({ sdist: 'fallback', targets: [linux312] }, files).excluded).toEqual({ 'a-1.0.tar.gz': 'sdist-fallback' });
    });

    it('drops it where only a target whose Python the release does not support has no wheel', () => {
      const requiresPython = '>=3.10';
      const files = [
        candidate('a-1.0.tar.gz', { requiresPython }),
        candidate('a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl', { requiresPython }),
      ];
      expect(outcome({ sdist: 'fallback', targets: [linux312, windows38] }, files).excluded).toEqual({ 'a-1.0.tar.gz': 'sdist-fallback' });
    });

    it('does not take a wheel of another version, or one that was filtered out, for a reason', () => {
      const files = [candidate('a-1.0.tar.gz'), candidate('a-1.1-py3-none-any.whl'), candidate('a-1.0-py3-none-any.whl', { size: 1000 })];
      expect(outcome({ sdist: 'fallback', maxFileSize: 500 }, files).selected).toEqual(['a-1.0.tar.gz', 'a-1.1-py3-none-any.whl']);
    });
  });

  it('gives the first filter that left a file out as the reason', () => {
    const file = candidate('a-2.0rc1.tar.gz', { size: 1000, yanked: { reason: '' } });
    const rule: EffectiveRule = { files: ['wheel'], maxFileSize: 10, version: '<1', latest: 1 };
    const order = [];
    let current: EffectiveRule = rule;
    for (const key of ['files', 'maxFileSize', 'yanked', 'version', 'prereleases'] as const) {
      order.push(outcome(current, [file, 'a-0.5.tar.gz']).excluded[file.filename]);
      current = key === 'yanked' ? { ...current, yanked: 'include' } : { ...current, [key]: undefined };
      if (key === 'prereleases') current = { ...current, prereleases: true };
    }
    expect(order).toEqual(['kind', 'max-file-size', 'yanked', 'version', 'prerelease']);
  });

  it('puts every candidate on exactly one side, whatever the rule', () => {
    const versions = ['1.0', '1.1', '2.0rc1', '2.0', '2.0.post1', '3.0.dev1', '2004d', '1!0.1'];
    const kinds = ['.tar.gz', '-py3-none-any.whl', '-cp312-cp312-win_amd64.whl', '.win32.exe'];
    const files = versions
      .flatMap((version) => kinds.map((kind) => `a-${version}${kind}`))
      .flatMap((name) => {
        try {
          return [candidate(name)];
        } catch {
          return [];
        }
      });
    const rules = fc.record(
      {
        version: fc.constantFrom('', '>=1', '<2', '==1.0', '~=1.0', '===2004d'),
        exclude: fc.constantFrom(['==1.0'], ['>=2']),
        latest: fc.integer({ min: 1, max: 3 }),
        latestPer: fc.constantFrom('major' as const, 'minor' as const),
        prereleases: fc.boolean(),
        sdist: fc.constantFrom('fallback' as const, 'never' as const),
        files: fc.constantFrom(['wheel'] as const, ['sdist', 'wininst'] as const),
        targets: fc.constantFrom([linux312], [linux312, windows38]),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(rules, fc.subarray(files), (rule, candidates) => {
        const { selected, excluded } = select(rule, candidates, asOf);
        const both = [...selected, ...excluded].map(({ filename }) => filename).sort();
        expect(both).toEqual(candidates.map(({ filename }) => filename).sort());
        // What is selected is selected again: nothing oscillates.
        const again = select({ ...rule, latest: undefined, latestPer: undefined }, selected, asOf).selected;
        expect(again).toEqual(selected);
      }),
    );
  });
});
