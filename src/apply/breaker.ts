import type { PkgsyncError } from '../errors.ts';
import type { PackageName } from '../packaging/name.ts';

/** Attempts from which a share of failures says something. */
const minimumFailures = 20;
const toleratedShare = 0.05;
const failuresInARow = 5;
const forbiddenProjectsInARow = 3;

/**
 * Stops an apply that has no prospect: rejected credentials at once, three forbidden projects in a row, five failures in a row, or twenty that are
 * more than 5 % of the attempts. What has begun is finished; nothing new starts.
 */
export class CircuitBreaker {
  /** Why nothing new starts; undefined while all is well. */
  reason: string | undefined;
  #attempts = 0;
  #failures = 0;
  #row = 0;
  readonly #forbidden = new Set<PackageName>();

  succeeded(): void {
    this.#attempts += 1;
    this.#row = 0;
    this.#forbidden.clear();
  }

  failed(project: PackageName, error: PkgsyncError): void {
    this.#attempts += 1;
    this.#failures += 1;
    if (error.code === 'FORBIDDEN') this.#forbidden.add(project);
    else this.#row += 1;
    this.reason ??= this.#verdict(error);
  }

  #verdict(error: PkgsyncError): string | undefined {
    if (error.code === 'UNAUTHORIZED') return 'the credentials were not accepted';
    if (error.code === 'DISK_FULL') return 'the disk is full';
    if (error.code === 'FORBIDDEN') {
      return this.#forbidden.size >= forbiddenProjectsInARow ? `${forbiddenProjectsInARow} projects in a row were forbidden` : undefined;
    }
    if (this.#row >= failuresInARow) return `${failuresInARow} actions in a row failed`;
    if (this.#failures >= minimumFailures && this.#failures > this.#attempts * toleratedShare) {
      return `${this.#failures} of ${this.#attempts} actions failed`;
    }
    return undefined;
  }
}
