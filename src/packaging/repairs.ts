interface Repair {
  /** What was done, for a warning: completes "repaired: ". */
  readonly description: string;
  readonly apply: (text: string) => string;
}

/**
 * Slips in the version specifiers of published metadata, in the order in which uv tries them (a trailing comma is none: the grammar has it). Each pattern is linear on any text: none has
 * two neighbouring repetitions that match the same characters.
 */
const repairs: readonly Repair[] = [
  // >=7.2.0<8.0.0
  { description: 'inserted a missing comma', apply: (text) => text.replace(/([A-Za-z0-9*])(['"]?[ \t]*)(?=[<>=!~])/g, '$1,$2') },
  // !=~5.0
  { description: 'replaced "!=~V" by "!=V.*"', apply: (text) => text.replace(/!=[ \t]*~[ \t]*([0-9]+(?:\.[0-9]+)*)/g, '!=$1.*') },
  // >=1.9.*
  {
    description: 'removed ".*" after an ordered comparison',
    apply: (text) => text.replace(/([<>]=?[ \t]*[0-9]+(?:\.[0-9]+)*)\.\*/g, '$1'),
  },
  // !=3.0*
  { description: 'replaced "V*" by "V.*"', apply: (text) => text.replace(/([0-9])\*/g, '$1.*') },
  // >dev
  { description: 'replaced ">dev" by ">0.0.0dev"', apply: (text) => text.replace(/>dev/g, '>0.0.0dev') },
  // >=9.0.0a1.0
  { description: 'removed ".0" after a pre-release', apply: (text) => text.replace(/((?:a|b|rc|post|dev)[0-9]+)\.0(?![0-9.])/g, '$1') },
  // >=3.6'
  { description: 'removed stray quotes', apply: (text) => text.replace(/['"]/g, '') },
];

/** Versions of the text with one repair more each, leaving out repairs that change nothing; `repairs` describes all that were done so far. */
export function* repairedTexts(text: string): Generator<{ readonly repaired: string; readonly repairs: readonly string[] }> {
  let repaired = text;
  const done: string[] = [];
  for (const { description, apply } of repairs) {
    const next = apply(repaired);
    if (next === repaired) continue;
    repaired = next;
    done.push(description);
    yield { repaired, repairs: [...done] };
  }
}
