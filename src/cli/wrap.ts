/** Words joined to lines of at most `width` characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  return joined(
    text.split(' ').filter((word) => word !== ''),
    width,
    width,
  );
}

function joined(words: readonly string[], first: number, others: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const width = lines.length === 0 ? first : others;
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

/** A command line that can be copied: where it is too long, it goes on after a backslash, never inside quotes. */
export function wrapCommand(command: string, width: number): readonly string[] {
  const words = command.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  const lines = joined(words, width - 2, width - 4);
  return lines.map((line, index) => `${index === 0 ? '' : '  '}${line}${index === lines.length - 1 ? '' : ' \\'}`);
}

/**
 * Rows of a term and what it means: beside each other where there is room, else below.
 * @param paint for terms
 */
export function columns(
  rows: readonly (readonly [term: string, text: string])[],
  width: number,
  paint: (term: string) => string = (term) => term,
): readonly string[] {
  const longest = Math.max(0, ...rows.map(([term]) => term.length));
  const room = Math.min(longest, Math.floor(width * 0.38));
  const beside = width >= 70;
  return rows.flatMap(([term, text]) => {
    if (!beside) return [`  ${paint(term)}`, ...wrap(text, width - 6).map((line) => `      ${line}`)];
    const [first = '', ...others] = wrap(text, width - room - 4);
    const below = [...others].map((line) => `${' '.repeat(room + 4)}${line}`);
    if (term.length <= room) return [`  ${paint(term)}${' '.repeat(room - term.length)}  ${first}`.trimEnd(), ...below];
    return [`  ${paint(term)}`, `${' '.repeat(room + 4)}${first}`.trimEnd(), ...below];
  });
}
