import { describe, expect, it } from '@jest/globals';
import type { Policy, PolicyException } from '../../../src/manifest/manifest.ts';
import { policyVeto } from '../../../src/resolve/policy.ts';
import { asOf, digestsOf, file } from '../../support/builders.ts';

const open: Policy = { deny: [], requireSha256: false };
const fresh = file('a-1.0.tar.gz', { uploadTime: new Date(asOf - 59_000).toISOString() });
const veto = (policy: Partial<Policy>, exceptions: readonly PolicyException[] = []) => policyVeto({ ...open, ...policy }, exceptions, asOf);

describe('policyVeto', () => {
  it('vetoes nothing without a policy', () => {
    expect(veto({})(file('a-1.0.tar.gz', { hashes: {}, size: undefined }))).toBeUndefined();
  });

  it('denies names, globs and versions, pre-releases of them too', () => {
    const denies = veto({ deny: ['evil', 'acme-*', 'a<2'] });
    expect(denies(file('evil-1.0.tar.gz'))).toBe('policy.deny names it (evil)');
    expect(denies(file('acme_tool-1.0.tar.gz'))).toBe('policy.deny names it (acme-*)');
    expect(denies(file('a-1.9rc1.tar.gz'))).toBe('policy.deny names it (a<2)');
    expect(denies(file('a-2.0.tar.gz'))).toBeUndefined();
  });

  it('asks for a digest as strong as sha256', () => {
    const strong = veto({ requireSha256: true });
    expect(strong(file('a-1.0.tar.gz', { hashes: { md5: digestsOf('').md5 } }))).toMatch(/^policy\.requireSha256: /);
    expect(strong(file('a-1.0.tar.gz', { hashes: { sha512: '0'.repeat(128) } }))).toBeUndefined();
  });

  it('vetoes a file that is too large, or of unknown size', () => {
    expect(veto({ maxFileSize: 5 })(file('a-1.0.tar.gz', { size: 6 }))).toBe('policy.maxFileSize: it has 6 bytes, 5 are allowed');
    expect(veto({ maxFileSize: 5 })(file('a-1.0.tar.gz', { size: undefined }))).toBe(
      'policy.maxFileSize: the source does not publish the size',
    );
    expect(veto({ maxFileSize: 6 })(file('a-1.0.tar.gz', { size: 6 }))).toBeUndefined();
  });

  it('vetoes a file that is too young, of unknown age, or from the future', () => {
    expect(veto({ minAge: 60 })(fresh)).toBe('policy.minAge: it is 59 seconds old, 60 are required');
    expect(veto({ minAge: 59 })(fresh)).toBeUndefined();
    expect(veto({ minAge: 60 })(file('a-1.0.tar.gz'))).toBe('policy.minAge: the source does not publish the upload time');
    expect(veto({ minAge: 0 })(file('a-1.0.tar.gz', { uploadTime: '2999-01-01T00:00:00Z' }))).toMatch(/^policy\.minAge: it is -/);
  });

  describe('with an exception', () => {
    const exception = { what: 'a==1.0', gate: 'minAge', reason: 'urgent', until: '2026-01-01' } as const;

    it('lifts the gate for what it names, up to and including its last day', () => {
      expect(veto({ minAge: 60 }, [exception])(fresh)).toBeUndefined();
      expect(veto({ minAge: 60 }, [{ ...exception, until: '2025-12-31' }])(fresh)).toBeDefined();
      expect(veto({ minAge: 60 }, [{ ...exception, what: 'a==1.1' }])(fresh)).toBeDefined();
    });

    it('may name one file', () => {
      expect(veto({ minAge: 60 }, [{ ...exception, what: fresh.filename }])(fresh)).toBeUndefined();
    });

    it('lifts no other gate', () => {
      expect(veto({ minAge: 60, deny: ['a'] }, [exception])(fresh)).toBe('policy.deny names it (a)');
    });
  });
});
