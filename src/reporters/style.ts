import { Chalk } from 'chalk';
import type { ChalkInstance } from 'chalk';

/** Colours for text reports. Every colour stands beside a symbol or a word, so the text reads the same without. */
export interface Style {
  readonly good: (text: string) => string;
  readonly change: (text: string) => string;
  readonly danger: (text: string) => string;
  readonly quiet: (text: string) => string;
  readonly strong: (text: string) => string;
}

export function createStyle(color: boolean): Style {
  const chalk: ChalkInstance = new Chalk({ level: color ? 1 : 0 });
  return { good: chalk.green, change: chalk.yellow, danger: chalk.red, quiet: chalk.dim, strong: chalk.bold };
}
