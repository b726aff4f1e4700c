import type { PkgsyncError } from '../errors.ts';

const failuresInARow = 5;

/** Whether there is any prospect of reading more of a destination: not once it rejects the credentials, nor when nobody answers any more. */
export class Reachability {
  /** Why nothing new is begun; undefined while all is well. */
  reason: string | undefined;
  #row = 0;

  answered(): void {
    this.#row = 0;
  }

  failed(error: PkgsyncError): void {
    if (error.code === 'UNAUTHORIZED') this.reason ??= 'the credentials were not accepted';
    // An answer, be it an error, shows that somebody is there: the next file may be well.
    if (error.code !== 'UNREACHABLE' || error.status !== undefined) this.#row = 0;
    else this.#row += 1;
    if (this.#row >= failuresInARow) this.reason ??= `${failuresInARow} requests in a row found nobody there`;
  }
}
