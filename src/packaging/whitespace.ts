/**
 * Whether the UTF-16 unit is whitespace to Python (`str.isspace`), which decides what the packaging formats strip. JavaScript's `\s` and
 * `trim` differ: they take U+FEFF and leave U+001C to U+001F and U+0085.
 */
export function isWhitespace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f);
  if (unit <= 0xa0) return unit === 0x85 || unit === 0xa0;
  if (unit >= 0x2000 && unit <= 0x200a) return true;
  return unit === 0x1680 || unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000;
}

/** `text` without Python's whitespace at both ends. A loop, because a regex for the end is quadratic on long runs of blanks. */
export function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charCodeAt(start))) start += 1;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Whether Python's whitespace occurs anywhere in `text`. */
export function hasWhitespace(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (isWhitespace(text.charCodeAt(at))) return true;
  return false;
}

/** The pieces of `text` between runs of Python's whitespace, as `str.split` gives them. */
export function splitWhitespace(text: string): readonly string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && !isWhitespace(text.charCodeAt(at))) continue;
    if (at > start) pieces.push(text.slice(start, at));
    start = at + 1;
  }
  return pieces;
}
