import { describe, expect, it } from '@jest/globals';
import { goingTogether } from '../../../src/destinations/going-together.ts';
import type { RemovalKeys } from '../../../src/destinations/destination.ts';
import { digestsOf, existing } from '../../support/builders.ts';

const sdist = existing('a-1.0.tar.gz');
const wheel = existing('a-1.0-py3-none-any.whl');
const other = existing('a-2.0.tar.gz');
const byVersion: RemovalKeys = ({ version = 'none' }) => [version];

describe('goingTogether', () => {
  it('is the file alone where each goes by itself', () => {
    expect(goingTogether(sdist, [wheel, sdist], [sdist], undefined)).toEqual([sdist]);
  });

  it('is the file and its version where versions go, whatever the order of the listing', () => {
    expect(goingTogether(sdist, [other, wheel, sdist], [wheel, sdist], byVersion)).toEqual([sdist, wheel]);
  });

  it('is refused where a file of the version appeared meanwhile, or is to stay', () => {
    expect(() => goingTogether(sdist, [wheel, sdist], [sdist], byVersion)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining(`${wheel.filename} is to stay`) }),
    );
  });

  it('is refused where what is no distribution would go too, other than a signature of it', () => {
    const inVersion: RemovalKeys = ({ version = '1.0' }) => [version];
    expect(goingTogether(sdist, [sdist], [sdist], inVersion, [`${sdist.filename}.asc`])).toEqual([sdist]);
    expect(() => goingTogether(sdist, [sdist], [sdist], inVersion, ['a-1.0.odd'])).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining('a-1.0.odd is to stay') }),
    );
  });

  it.each([
    ['other bytes', digestsOf('other')],
    ['no digest', {}],
  ])('is refused where the file has %s now', (_, hashes) => {
    expect(() => goingTogether({ ...sdist, hashes }, [sdist], [sdist], undefined)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining(`${sdist.filename} has changed`) }),
    );
    expect(() => goingTogether(sdist, [sdist, { ...wheel, hashes }], [sdist, wheel], byVersion)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining(`${wheel.filename} has changed`) }),
    );
  });
});
