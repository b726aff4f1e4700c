import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lastPathPart, readLocation, shownLocation } from '../../../src/import/location.ts';
import { urlProblem } from '../../../src/manifest/location.ts';

describe('readLocation', () => {
  it.each([
    ['https://pypi.corp.example/simple', 'https://pypi.corp.example/simple/', []],
    ['https://ci:hunter2@pypi.corp.example/simple/', 'https://pypi.corp.example/simple/', ['credentials']],
    ['https://${USER}:${TOKEN}@pypi.corp.example/simple/', 'https://pypi.corp.example/simple/', ['credentials']],
    ['https://a@b@pypi.corp.example/x@y/', 'https://pypi.corp.example/x@y/', ['credentials']],
    ['https://t0ken@pypi.corp.example/simple/?token=hunter2#x', 'https://pypi.corp.example/simple/', ['credentials', 'query']],
    ['../wheels', '../wheels', []],
    ['file:///srv/wheels', 'file:///srv/wheels', []],
  ])('%s is taken as %s', (written, location, removed) => {
    expect(readLocation(written)).toEqual({ location, removed });
  });

  it.each([
    'https://${HOST}/simple',
    'https://pypi.corp.example/${TOKEN}/',
    'https://$TOKEN.example/',
    '${WHEELS}',
    'https://',
    'ssh://git.example/x',
    '',
    'a\0b',
  ])('%j is left out', (written) => {
    expect(readLocation(written)).toHaveProperty('because');
  });

  it('never gives a URL that a manifest would refuse', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (tail) => {
        const read = readLocation(`https://${tail}`);
        if ('location' in read) expect(urlProblem(read.location, ['https'])).toBeUndefined();
      }),
    );
  });
});

describe('shownLocation', () => {
  it('shows no credentials, queries and fragments, wherever the address stands', () => {
    for (const text of [
      'https://u:hunter2@h.example/a?hunter2#hunter2',
      'x @ https://u:hunter2@h.example/a?t=hunter2',
      'x@git+ssh://hunter2@h.example/a',
      '--f=https://hunter2@h.example/?hunter2 b',
    ])
      expect(shownLocation(text)).not.toContain('hunter2');
  });
});

describe('lastPathPart', () => {
  it.each([
    ['https://files.example/a%2Fb/c-1.0%2Blocal.whl?x=/y#z', 'c-1.0+local.whl'],
    ['wheels/c-1.0.whl', 'c-1.0.whl'],
    ['wheels\\c-1.0.whl', 'c-1.0.whl'],
    ['https://files.example/%zz.whl', '%zz.whl'],
    ['https://files.example/', ''],
  ])('of %s is %s', (written, expected) => {
    expect(lastPathPart(written)).toBe(expected);
  });
});
