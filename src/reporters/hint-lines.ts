import { printable } from '../errors.ts';
import type { Style } from './style.ts';

export interface HintOptions {
  readonly style: Style;
  /** A hint as it is to be shown, undefined where it has been; without this, none is shown. */
  readonly hintOnce?: ((hint: string) => string | undefined) | undefined;
}

/** What to do about the line before: the same cause often blocks every project, and is worth one line. */
export function hintLines(hint: string | undefined, { style, hintOnce }: HintOptions): readonly string[] {
  const shown = hint === undefined ? undefined : hintOnce?.(hint);
  return shown === undefined ? [] : [`    ${style.quiet(`hint: ${printable(shown, 1000)}`)}`];
}
