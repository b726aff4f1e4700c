import fc from 'fast-check';

const digits = fc.oneof(
  fc.nat({ max: 12 }).map(String),
  fc.constantFrom('00', '007', '20240131', '9007199254740992', '9007199254740993', '123456789012345678901234567890'),
);
const separator = fc.constantFrom('', '.', '-', '_');
const optional = (part: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.option(part, { nil: '', freq: 3 });
const joined = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> => fc.tuple(...parts).map((texts) => texts.join(''));
const tagged = (labels: readonly string[]): fc.Arbitrary<string> =>
  joined(separator, fc.constantFrom(...labels), separator, fc.option(digits, { nil: '' }));

const release = fc.array(digits, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.'));
const segment = fc.oneof(digits, fc.constantFrom('abc', 'ABC', '0a', 'a0', '1e3', '0x10'));

/** Texts that are versions, in all the spellings that PEP 440 accepts. */
export const versionTexts: fc.Arbitrary<string> = joined(
  fc.constantFrom('', '', '', 'v', 'V', ' ', '\t', '\u001c', '\u00a0'),
  optional(digits.map((epoch) => `${epoch}!`)),
  release,
  optional(tagged(['a', 'b', 'c', 'rc', 'alpha', 'beta', 'pre', 'preview', 'RC', 'Alpha'])),
  optional(
    fc.oneof(
      tagged(['post', 'rev', 'r', 'POST']),
      digits.map((number) => `-${number}`),
    ),
  ),
  optional(tagged(['dev', 'DEV'])),
  optional(fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => `+${segments.join('.')}`)),
  fc.constantFrom('', '', '', ' ', '\n'),
);

/** Texts near versions and near specifiers, most of them invalid. */
export const noise: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('0123.*+-_!v abdcrpost<>=~,;)\n\u0660\u017f\u212a\ufeff')) }),
  fc.string({ unit: 'binary' }),
);

/** Versions, close ones more often than any pair of `versionTexts` would be. */
export const closeVersionTexts: fc.Arbitrary<string> = joined(
  fc.constantFrom('1', '1.0', '1.0.0', '1.1', '2', '0', '1!1', '1.10'),
  optional(fc.constantFrom('a1', 'rc0', 'rc1')),
  optional(fc.constantFrom('.post0', '.post1', '.post2')),
  optional(fc.constantFrom('.dev0', '.dev1')),
  optional(fc.constantFrom('+1', '+abc', '+abc.1')),
);

/** Texts that are specifier sets. */
export const specifierTexts: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.tuple(fc.constantFrom('==', '!=', '===', '== '), closeVersionTexts).map(([operator, version]) => operator + version),
      fc.tuple(fc.constantFrom('>=', '<=', '>', '<', '> '), closeVersionTexts).map(([operator, version]) => operator + publicPart(version)),
      fc.tuple(fc.constantFrom('==', '!='), release).map(([operator, numbers]) => `${operator}${numbers}.*`),
      release.map((numbers) => `~=1.${numbers}`),
    ),
    { maxLength: 4 },
  )
  .map((clauses) => clauses.join(','));

function publicPart(version: string): string {
  return version.replace(/\+.*$/, '');
}
