import { describe, expect, it } from '@jest/globals';
import { PkgsyncError } from '../../../src/errors.ts';
import { findProject, isLockedSourceAllowed, recordedSource, sourcesFor } from '../../../src/resolve/sources.ts';
import { nameOf, sourceConfig } from '../../support/builders.ts';
import { fakeSource } from '../../support/fake-source.ts';

const pypi = sourceConfig({ name: 'pypi' });
const private1 = sourceConfig({ name: 'private', names: ['acme-*'] });
const spare = sourceConfig({ name: 'spare' });
const names = (configs: readonly { name: string }[]) => configs.map(({ name }) => name);

describe('sourcesFor', () => {
  it('gives a claimed name to the source that claims it, and to no other', () => {
    expect(names(sourcesFor([pypi, private1, spare], nameOf('Acme.Tool'), {}))).toEqual(['private']);
  });

  it('gives other names to the sources without claims, in order', () => {
    expect(names(sourcesFor([pypi, private1, spare], nameOf('django'), {}))).toEqual(['pypi', 'spare']);
  });

  it('does as the rule says', () => {
    expect(names(sourcesFor([pypi, private1, spare], nameOf('django'), { rule: 'spare' }))).toEqual(['spare']);
  });

  it('lets neither rule nor lock take a claimed name elsewhere', () => {
    expect(names(sourcesFor([pypi, private1, spare], nameOf('acme-tool'), { rule: 'spare' }))).toEqual(['private']);
    expect(names(sourcesFor([pypi, private1, spare], nameOf('acme-tool'), { locked: 'pypi' }))).toEqual(['private']);
  });

  it('stays with the source that a package is locked from, while there is such a source', () => {
    expect(names(sourcesFor([pypi, private1, spare], nameOf('django'), { locked: 'spare' }))).toEqual(['spare']);
    expect(names(sourcesFor([pypi, private1, spare], nameOf('django'), { locked: 'gone' }))).toEqual(['pypi', 'spare']);
  });
});

describe('isLockedSourceAllowed', () => {
  it('is false where another source claims the name now', () => {
    expect(isLockedSourceAllowed([pypi, private1], nameOf('acme-tool'), undefined, 'pypi')).toBe(false);
    expect(isLockedSourceAllowed([pypi, private1], nameOf('acme-tool'), undefined, 'private')).toBe(true);
  });

  it('is true where the lock records none', () => {
    expect(isLockedSourceAllowed([pypi, private1], nameOf('acme-tool'), undefined, undefined)).toBe(true);
  });
});

describe('findProject', () => {
  const a = nameOf('a');

  it('takes the first source that has the project', async () => {
    const live = new Map([
      ['pypi', fakeSource({}, { name: 'pypi' })],
      ['spare', fakeSource({ a: ['a-1.0.tar.gz'] }, { name: 'spare' })],
    ]);
    expect((await findProject([pypi, spare], live, a))?.source.name).toBe('spare');
    expect(await findProject([pypi], live, a)).toBeUndefined();
  });

  it('does not pass over a source that fails', async () => {
    const failing = fakeSource({}, { name: 'pypi' });
    failing.failPage('a', new PkgsyncError('UNREACHABLE', 'down'));
    const live = new Map([
      ['pypi', failing],
      ['spare', fakeSource({ a: ['a-1.0.tar.gz'] }, { name: 'spare' })],
    ]);
    await expect(findProject([pypi, spare], live, a)).rejects.toThrow('down');
  });
});

describe('recordedSource', () => {
  it('names the source only where there are several', () => {
    const source = fakeSource({}, { name: 'pypi' });
    expect(recordedSource([pypi], source)).toBeUndefined();
    expect(recordedSource([pypi, spare], source)).toBe('pypi');
    expect(recordedSource([pypi, spare], undefined)).toBeUndefined();
  });
});
