import { describe, expect, it } from '@jest/globals';
import { misreadPythons } from '../../../src/resolve/requires-python.ts';

const claim = (filename: string, requiresPython?: string) => ({ filename, requiresPython });

describe('misreadPythons', () => {
  it('says nothing about valid texts', () => {
    expect(misreadPythons([claim('a-1.zip', '>=3.8'), claim('a-2.zip', '!=3.0.*,>=2.7'), claim('a-3.zip')])).toEqual([]);
  });

  it('names a file for each text that had to be repaired', () => {
    expect(misreadPythons([claim('a-1.zip', '>=3.6.*'), claim('a-1.whl', '>=3.6.*'), claim('a-2.zip', '>=2.7<4')])).toEqual([
      `a-1.zip and 1 more: Requires-Python '>=3.6.*' is no valid specifier and was repaired (removed ".*" after an ordered comparison)`,
      `a-2.zip: Requires-Python '>=2.7<4' is no valid specifier and was repaired (inserted a missing comma)`,
    ]);
  });

  it('says that what cannot be read is no constraint', () => {
    expect(misreadPythons([claim('a-1.zip', 'whatever')])).toEqual([
      "a-1.zip: Requires-Python 'whatever' cannot be read, and counts as no constraint",
    ]);
  });
});
