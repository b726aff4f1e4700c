import { describe, expect, it } from '@jest/globals';
import { PkgsyncError } from '../../../src/errors.ts';
import { belongsAt, inspectProject } from '../../../src/inspect/inspect.ts';
import { directoryConfig, nameOf } from '../../support/builders.ts';
import { fakeDestination } from '../../support/fake-destination.ts';

const a = nameOf('a');

describe('inspectProject', () => {
  it('gives the listing', async () => {
    const to = fakeDestination();
    to.place('a', 'a-1.0.tar.gz');
    expect((await inspectProject(to, a)).listing?.files.map(({ filename }) => filename)).toEqual(['a-1.0.tar.gz']);
  });

  it.each(['UNREACHABLE', 'UNAUTHORIZED', 'BAD_RESPONSE', 'FILE_SYSTEM'] as const)(
    'gives the failure %s as a value, never as nothing',
    async (code) => {
      const to = fakeDestination();
      const error = new PkgsyncError(code, 'no');
      to.failList('a', error);
      expect(await inspectProject(to, a)).toEqual({ failed: error });
    },
  );

  it.each([new PkgsyncError('INTERRUPTED', 'stop'), new PkgsyncError('INTERNAL', 'bug'), new TypeError('bug')])(
    'passes %s on',
    async (error) => {
      const to = fakeDestination();
      to.failList('a', error);
      await expect(inspectProject(to, a)).rejects.toBe(error);
    },
  );
});

describe('belongsAt', () => {
  const belongs = (config: Parameters<typeof directoryConfig>[0], version: string, destinations?: readonly string[]) =>
    belongsAt(directoryConfig(config), a, destinations === undefined ? {} : { destinations })(version);

  it('takes everything where nothing narrows', () => {
    expect(belongs({}, '1.0')).toBe(true);
    expect(belongsAt(directoryConfig(), a, null)('1.0')).toBe(true);
  });

  it('takes what the rule sends there', () => {
    expect(belongs({ name: 'x' }, '1.0', ['x', 'y'])).toBe(true);
    expect(belongs({ name: 'z' }, '1.0', ['x', 'y'])).toBe(false);
  });

  it('takes what is included and not excluded, by name, glob and version', () => {
    expect([belongs({ include: ['b'] }, '1.0'), belongs({ include: ['a*'] }, '1.0'), belongs({ include: ['a<2'] }, '2.0')]).toEqual([
      false,
      true,
      false,
    ]);
    expect([belongs({ exclude: ['a'] }, '1.0'), belongs({ exclude: ['a>=2'] }, '1.0'), belongs({ exclude: ['a>=2'] }, '2.1rc1')]).toEqual([
      false,
      true,
      false,
    ]);
    expect(belongs({ include: ['a'], exclude: ['a==1.0'] }, '1.0')).toBe(false);
  });
});
