import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPkgsyncError, PkgsyncError, printable, redactUrl, visibleJson } from '../../src/errors.ts';

describe('redactUrl', () => {
  it('hides user, password, query and fragment', () => {
    expect(redactUrl('https://ci:s3cret@index.example:8443/simple/?token=abc#frag')).toBe('https://****@index.example:8443/simple/');
  });

  it('hides what looks like credentials in text that is no URL', () => {
    expect(redactUrl('//ci:s3cret@index.example/simple/')).toBe('//****@index.example/simple/');
  });

  it('leaves a URL without secrets as it is', () => {
    expect(redactUrl('https://index.example/simple/')).toBe('https://index.example/simple/');
  });
});

describe('printable', () => {
  it('shows control characters and text-direction overrides as escapes', () => {
    expect(printable('a\u001b[31mb\u202ec\nd')).toBe('a\\u001b[31mb\\u202ec\\u000ad');
  });

  it('cuts long text and says so', () => {
    expect(printable('x'.repeat(300), 10)).toBe('xxxxxxxxxx…');
  });
});

describe('PkgsyncError', () => {
  it.each([
    [undefined, false, false],
    [false, false, false],
    ['later', true, false],
    [true, true, true],
  ] as const)('built with retryable %s: may pass %s, also at once %s', (retryable, later, atOnce) => {
    const error = new PkgsyncError('UNREACHABLE', 'down', { retryable });
    expect([error.retryable, error.repeatable]).toEqual([later, atOnce]);
  });
});

describe('isPkgsyncError', () => {
  const error = new PkgsyncError('NOT_FOUND', 'no such project');

  it('matches the code', () => {
    expect(isPkgsyncError(error, 'FORBIDDEN', 'NOT_FOUND')).toBe(true);
    expect(isPkgsyncError(error, 'FORBIDDEN')).toBe(false);
  });

  it('refuses other errors', () => {
    expect(isPkgsyncError(new Error('x'))).toBe(false);
  });
});

describe('visibleJson', () => {
  it('shows in JSON what nobody would see, and keeps the value', () => {
    const value = { reason: 'a\u202eb\u200b\u0085\ufeff\u2028', plain: 'é\u{1f600}\n"' };
    const shown = visibleJson(JSON.stringify(value));
    expect(shown).toBe('{"reason":"a\\u202eb\\u200b\\u0085\\ufeff\\u2028","plain":"é\u{1f600}\\n\\""}');
    expect(JSON.parse(shown)).toEqual(value);
  });

  it('keeps the value of every JSON text, also behind backslashes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: fc.oneof(fc.constantFrom('\\', '\u202e', '\u007f', '"'), fc.string({ unit: 'binary', maxLength: 1 })) }),
        (value) => {
          const shown = visibleJson(JSON.stringify(value));
          expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)));
          expect(shown).not.toMatch(/[\u007f-\u009f\u202a-\u202e]/);
          expect(visibleJson(shown)).toBe(shown);
        },
      ),
    );
  });
});
