import type { Judgement, VerifyClass } from './judge.ts';

/** Classes in which bytes or a digest are other than promised. */
export const integrityClasses: ReadonlySet<VerifyClass> = new Set([
  'digest-mismatch',
  'size-mismatch',
  'listing-mismatch',
  'metadata-mismatch',
]);

/** How far a verification of one destination came: every approved file counts once in `of`, and in one of the others unless it was not reached. */
export interface Completeness {
  /** Approved files that belong at the destination. */
  readonly of: number;
  /** Compared with the lock: by their bytes, or by the digest that is listed; `differing` ones among them. */
  readonly checked: number;
  readonly differing: number;
  readonly missing: number;
  readonly unverifiable: number;
  /** Of files and listings that could not be read, and of what was never begun (an interruption, a server that does not answer any more). */
  readonly unreadable: number;
  readonly notReached: number;
  /** Checked in an earlier run that did not come to its end; among `checked`. */
  readonly resumed: number;
  /** Compared by md5 or sha1 only; among `checked`. */
  readonly weak: number;
  /** Bytes of the files that were read, those of an earlier run too; 0 where only listings were compared. */
  readonly bytes: number;
  /** Files of the same projects that the lock does not name; nobody judges them. */
  readonly notInLock: number;
  /** Every approved file was compared, or found missing. */
  readonly complete: boolean;
}

/** Adds up what becomes of each file. */
export class Tally {
  readonly #of: number;
  readonly #counts = { checked: 0, differing: 0, missing: 0, unverifiable: 0, unreadable: 0, resumed: 0, weak: 0, bytes: 0, notInLock: 0 };
  readonly findings = new Map<VerifyClass, number>();

  /** @param of approved files that belong at the destination */
  constructor(of: number) {
    this.#of = of;
  }

  /** A file that was compared, with what speaks against it. */
  checked(judgements: readonly Judgement[], facts: { readonly bytes: number; readonly resumed?: boolean; readonly weak?: boolean }): void {
    const counts = this.#counts;
    counts.bytes += facts.bytes;
    if (judgements.some((judgement) => judgement.class === 'unverifiable')) counts.unverifiable += 1;
    else counts.checked += 1;
    if (judgements.some((judgement) => integrityClasses.has(judgement.class))) counts.differing += 1;
    if (facts.resumed === true) counts.resumed += 1;
    if (facts.weak === true) counts.weak += 1;
    this.found(judgements);
  }

  missing(judgement: Judgement): void {
    this.#counts.missing += 1;
    this.found([judgement]);
  }

  /** @param files how many could not be read for this one reason */
  unreadable(judgement: Judgement, files = 1): void {
    this.#counts.unreadable += files;
    this.found([judgement]);
  }

  notInLock(files: number): void {
    this.#counts.notInLock += files;
  }

  /** Judgements that are about no file, or about one that is counted already. */
  found(judgements: readonly Judgement[]): void {
    for (const judgement of judgements) this.findings.set(judgement.class, (this.findings.get(judgement.class) ?? 0) + 1);
  }

  completeness(): Completeness {
    const { checked, missing, unverifiable, unreadable } = this.#counts;
    const notReached = this.#of - checked - missing - unverifiable - unreadable;
    return { of: this.#of, ...this.#counts, notReached, complete: checked + missing === this.#of };
  }
}
