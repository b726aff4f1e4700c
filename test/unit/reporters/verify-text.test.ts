import { describe, expect, it } from '@jest/globals';
import type { Verification } from '../../../src/engine/verify.ts';
import { createStyle } from '../../../src/reporters/style.ts';
import { adviceLines, statement, verificationLines, verifyLines } from '../../../src/reporters/verify-text.ts';
import { nameOf } from '../../support/builders.ts';

const style = createStyle(false);
const verification = (overrides: Partial<Verification> = {}): Verification => ({
  destination: 'corp',
  address: 'https://pypi.corp.example/',
  by: 'bytes',
  of: 1210,
  checked: 1203,
  differing: 0,
  missing: 2,
  unverifiable: 5,
  unreadable: 0,
  notReached: 0,
  resumed: 0,
  weak: 0,
  bytes: 14_200_000_000,
  notInLock: 0,
  complete: false,
  findings: new Map(),
  credentialsFailed: false,
  interrupted: false,
  ...overrides,
});

describe('the statement of completeness', () => {
  it('is stable', () => {
    expect(statement(verification())).toBe(
      'Verified corp: 1,203 of 1,210 files checked byte by byte (14.2 GB), 5 unverifiable, 2 missing.',
    );
  });

  it('names the address of a destination without a name, and how listings were compared', () => {
    expect(
      statement(
        verification({ destination: 'default', address: './mirror', by: 'listing', of: 1, checked: 1, unverifiable: 0, missing: 0 }),
      ),
    ).toBe('Verified ./mirror: 1 of 1 file checked by the digests that are listed, 0 unverifiable, 0 missing.');
  });

  it('says what differs, could not be read and was not reached where there is any', () => {
    expect(statement(verification({ differing: 1, unreadable: 2, notReached: 3000 }))).toContain(
      '5 unverifiable, 2 missing, 1 differing, 2 unreadable, 3,000 not reached.',
    );
  });

  it('is the last line, after what should be known of it', () => {
    const lines = verificationLines(verification({ notInLock: 1, weak: 2, resumed: 3, stopped: 'nobody there', interrupted: true }));
    expect(lines).toEqual([
      '1 more file of these projects lies there that the lock does not name; not judged.',
      '2 could be compared by md5 or sha1 only.',
      '3 had been checked by an earlier run that was not finished.',
      'Stopped early: nobody there.',
      'Interrupted: the rest has not been looked at.',
      statement(verification()),
    ]);
  });
});

describe('advice', () => {
  it('comes once for each class, whatever the number of destinations', () => {
    const one = verification({ findings: new Map([['missing', 2]]) });
    const lines = adviceLines(
      [
        one,
        verification({
          findings: new Map([
            ['missing', 1],
            ['digest-mismatch', 1],
          ]),
        }),
      ],
      style,
    );
    expect(lines.map((line) => line.split(':')[0])).toEqual(['missing', 'digest-mismatch']);
  });
});

describe('findings', () => {
  it('are escaped, and name their destination only where there are several', () => {
    const finding = { class: 'missing', destination: 'corp', name: nameOf('alpha'), filename: 'a\u001b[31m', detail: 'gone' } as const;
    expect(verifyLines('alpha', [finding], style, false)).toEqual(['alpha', '  ! missing a\\u001b[31m  gone']);
    expect(verifyLines('alpha', [finding], style, true)[1]).toContain('@corp');
    expect(verifyLines('alpha', [], style, true)).toEqual([]);
  });
});
