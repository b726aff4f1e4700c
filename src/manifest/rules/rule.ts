import { isPkgsyncError, type PkgsyncError } from '../../errors.ts';
import { childPointer, type JsonProblem } from '../../io/json-text.ts';
import { type Named, namedDestinations, namedSources, type PackageEntry, packageEntries } from '../entries.ts';
import type { WrittenDestination, WrittenManifest, WrittenRule, WrittenSource } from '../written.ts';

/** The manifest as the rules see it: its parts in one form, whichever form they were written in. */
export interface Facts {
  readonly manifest: WrittenManifest;
  readonly sources: readonly Named<WrittenSource>[];
  readonly destinations: readonly Named<WrittenDestination>[];
  readonly packages: readonly PackageEntry[];
  /** Every place where rule fields stand: the packages and `defaults`. */
  readonly ruleFields: readonly { readonly pointer: string; readonly rule: WrittenRule }[];
}

/** One thing that the schema cannot say about a manifest: returns everything that breaks it. */
export type Rule = (facts: Facts) => readonly JsonProblem[];

export function factsOf(manifest: WrittenManifest): Facts {
  const packages = packageEntries(manifest);
  const { defaults } = manifest;
  return {
    manifest,
    sources: namedSources(manifest),
    destinations: namedDestinations(manifest),
    packages,
    ruleFields: [...(defaults === undefined ? [] : [{ pointer: '/defaults', rule: defaults }]), ...packages],
  };
}

export function atValue(pointer: string, message: string): JsonProblem {
  return { pointer, at: 'value', message };
}

export function atKey(pointer: string, message: string): JsonProblem {
  return { pointer, at: 'key', message };
}

/** Runs a parser on the text; its refusal becomes a problem, any other error is passed on. */
export function problemOfParser(pointer: string, parse: () => unknown): readonly JsonProblem[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (!isPkgsyncError(error)) throw error;
    return [atValue(pointer, sentence(error))];
  }
}

/** The strings of an array with their places; what the schema refused is skipped. */
export function items(
  pointer: string,
  texts: readonly (string | undefined)[] | null | undefined,
): readonly { pointer: string; text: string }[] {
  return (texts ?? []).flatMap((text, index) => (text === undefined ? [] : [{ pointer: childPointer(pointer, index), text }]));
}

function sentence({ message, hint }: PkgsyncError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
