import type { Options, PositionalOptions } from 'yargs';

/** A flag: what yargs knows of it, and what stands for its value in help. */
export interface Flag extends Options {
  /** `FILE` and `FOLDER` are completed from disk; any other word only says what is meant. Flags that are switches have none. */
  readonly value?: string;
}

/** An argument of a command; `value` as for a flag. */
export interface Argument extends PositionalOptions {
  readonly value?: string;
}

/** The flag as yargs is to read it: choices and numbers come as text, because their faults are told in our own words (`settle`). */
export function yargsOption({ value: _value, choices, type, ...rest }: Flag): Options {
  if (type !== 'array' && (choices !== undefined || type === 'number')) return { ...rest, type: 'string' };
  return type === undefined ? rest : { ...rest, type };
}

/** The argument as yargs is to read it. */
export function yargsPositional({ value: _value, choices: _choices, ...rest }: Argument): PositionalOptions {
  return rest;
}

/** Whether a word follows the flag; `maybe` where it can be left out. */
export function takesValue({ type, requiresArg }: Flag): 'no' | 'maybe' | 'yes' {
  if (type === 'boolean') return 'no';
  return requiresArg === true ? 'yes' : 'maybe';
}

/** Other names of a flag. */
export function aliasesOf({ alias }: Flag): readonly string[] {
  return [alias ?? []].flat();
}

/** `as-of` → `--as-of`, `f` → `-f`. */
export function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** The variable behind a flag: `as-of` → `PKGSYNC_AS_OF`. */
export function variableOf(name: string): string {
  return `PKGSYNC_${name.toUpperCase().replaceAll('-', '_')}`;
}
