import type { WrittenSize } from './written.ts';

const seconds: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds in a duration such as `7d`, `36h`, `90m` or `2w`, whose form the schema has checked. */
export function parseDuration(text: string): number {
  return Number.parseInt(text, 10) * (seconds[text.at(-1) ?? ''] ?? 0);
}

const powers: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/** Bytes in a size such as `100 MB` (decimal), `1 GiB` (binary) or a number of bytes, whose form the schema has checked. */
export function parseSize(written: WrittenSize): number {
  if (typeof written === 'number') return written;
  const unit = written.replace(/^[\d.]+ ?/, '').toLowerCase();
  const bytes = Number.parseFloat(written) * (unit.includes('i') ? 1024 : 1000) ** (powers[unit.replace(/i?b$/, '')] ?? 0);
  // No file is larger, and only safe integers survive JSON unchanged.
  return Math.min(Math.floor(bytes), Number.MAX_SAFE_INTEGER);
}
