import { describe, expect, it } from '@jest/globals';
import type { ExistingFile } from '../../../src/destinations/destination.ts';
import { checkBeforePut } from '../../../src/destinations/put-precondition.ts';
import type { DigestSet } from '../../../src/packaging/digest.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { hex } from '../../support/page-builders.ts';

const file = (hashes: DigestSet): ExistingFile => ({
  name: normalizeName('foo'),
  filename: 'foo-1.0.tar.gz',
  version: '1.0',
  packageType: 'sdist',
  url: '',
  hashes,
  yanked: false,
});
const [a, b, c] = ['a', 'b', 'c'].map((digit) => file({ sha256: hex(digit) })) as [ExistingFile, ExistingFile, ExistingFile];
const none = file({});

type Verdict = 'send' | 'exists' | 'CONFLICT';
/** Sent is always `a`: what is there, what may be replaced, what follows. */
const cases: readonly (readonly [string, ExistingFile | undefined, ExistingFile | undefined, Verdict])[] = [
  ['nothing is there', undefined, undefined, 'send'],
  ['the same bytes are there', a, undefined, 'exists'],
  ['other bytes are there', b, undefined, 'CONFLICT'],
  ['bytes that cannot be compared are there', none, undefined, 'exists'],
  ['the bytes to be replaced are there', b, b, 'send'],
  ['the bytes to be replaced are gone', undefined, b, 'CONFLICT'],
  ['other bytes than those to be replaced are there', c, b, 'CONFLICT'],
  ['the replacement has been made', a, b, 'exists'],
  ['what is there cannot be compared with what is to be replaced', none, b, 'CONFLICT'],
  ['what is to be replaced had no digest', b, none, 'CONFLICT'],
];

describe('checkBeforePut', () => {
  it.each(cases)('where %s', (_, present, replaces, verdict) => {
    const check = (): string => checkBeforePut(a.filename, a.hashes, present, replaces);
    if (verdict === 'CONFLICT') expect(check).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    else expect(check()).toBe(verdict);
  });

  it('takes equal md5 for the same bytes where there is nothing better', () => {
    expect(checkBeforePut(a.filename, { sha256: hex('a'), md5: hex('1', 32) }, file({ md5: hex('1', 32) }), undefined)).toBe('exists');
  });
});
