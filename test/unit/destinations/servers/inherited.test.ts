import { describe, expect, it } from '@jest/globals';
import { fromDevpiBase, fromPypi, throughPulp } from '../../../../src/destinations/servers/inherited.ts';

describe('a file of an index', () => {
  it('is of PyPI where it lies there, and nowhere else', () => {
    expect(fromPypi({ url: 'https://files.pythonhosted.org/packages/aa/foo-1.0.tar.gz' })).toBe('PyPI');
    expect(
      ['https://storage.example/foo-1.0.tar.gz', 'https://files.pythonhosted.org.evil.example/x', 'no url'].map((url) => fromPypi({ url })),
    ).toEqual([undefined, undefined, undefined]);
  });
});

describe('a file of Pulp', () => {
  it.each([
    ['https://pulp.example/pulp/content/main/foo-1.0.tar.gz', undefined],
    ['https://pulp.example/pulp/content/main/foo-1.0.tar.gz?redirect=https://pypi.example/a/foo-1.0.tar.gz', 'pypi.example'],
    ['https://pulp.example/pulp/content/main/foo-1.0.tar.gz?redirect=', 'its remote'],
    ['https://files.pythonhosted.org/foo-1.0.tar.gz', 'PyPI'],
    ['no url', undefined],
  ])('%s comes from %s', (url, from) => {
    expect(throughPulp({ url })).toBe(from);
  });
});

describe('a file of a devpi index', () => {
  const indexUrl = new URL('https://devpi.example/devpi/ci/stage/');
  it.each([
    ['https://devpi.example/devpi/ci/stage/+f/aaa/bbb/foo-1.0.tar.gz', undefined],
    ['http://backend:3141/ci/stage/+f/aaa/bbb/foo-1.0.tar.gz', undefined],
    ['https://devpi.example/devpi/root/pypi/+f/aaa/bbb/foo-1.0.tar.gz', 'root/pypi'],
    ['https://devpi.example/devpi/root/pypi/+e/https_files/foo-1.0.tar.gz', 'root/pypi'],
    ['https://devpi.example/devpi/ci/stage2/+f/aaa/bbb/foo-1.0.tar.gz', 'ci/stage2'],
    ['https://devpi.example/devpi/other/stage/+f/aaa/bbb/foo-1.0.tar.gz', 'other/stage'],
    ['https://files.pythonhosted.org/packages/foo-1.0.tar.gz', 'PyPI'],
    ['https://elsewhere.example/foo-1.0.tar.gz', 'elsewhere.example'],
  ])('%s comes from %s', (url, from) => {
    expect(fromDevpiBase({ url }, indexUrl)).toBe(from);
  });
});
