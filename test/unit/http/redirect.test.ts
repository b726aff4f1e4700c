import { describe, expect, it } from '@jest/globals';
import { redirectOf } from '../../../src/http/redirect.ts';

const from = new URL('https://index.example/simple/foo');

describe('redirectOf', () => {
  it.each([301, 302, 303, 307, 308])('follows %d within the origin', (status) => {
    expect(redirectOf(from, status, '/simple/foo/', false)).toEqual({ kind: 'follow', to: new URL('https://index.example/simple/foo/') });
  });

  it.each([200, 300, 304, 404])('takes %d for an answer', (status) => {
    expect(redirectOf(from, status, '/elsewhere', false)).toEqual({ kind: 'none' });
  });

  it.each(['https://pypi.org/simple/foo/', '//pypi.org/simple/foo/', 'https://index.example:8443/simple/foo/'])(
    'sees that %s is another origin',
    (location) => {
      expect(redirectOf(from, 302, location, false)).toMatchObject({ kind: 'leaves' });
      expect(redirectOf(from, 302, location, true)).toMatchObject({ kind: 'follow' });
    },
  );

  it('takes user and password out of the target', () => {
    expect(redirectOf(from, 302, 'https://u:p@index.example/x#y', false)).toEqual({
      kind: 'follow',
      to: new URL('https://index.example/x'),
    });
  });

  it('never goes from https to http, not even on the same host', () => {
    expect(() => redirectOf(from, 301, 'http://index.example/simple/foo/', true)).toThrow(expect.objectContaining({ code: 'REDIRECTED' }));
  });

  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'https://'])('refuses %s', (location) => {
    expect(() => redirectOf(from, 302, location, true)).toThrow(expect.objectContaining({ code: 'BAD_RESPONSE' }));
  });
});
