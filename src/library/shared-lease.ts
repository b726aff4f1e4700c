import { takeLease, type Lease } from '../apply/lease.ts';
import { createLimiter } from '../io/concurrency.ts';

/** One lease for all writes that overlap: taken by the first of them, released by the last. */
export class SharedLease {
  readonly #path: string;
  readonly #address: string;
  readonly #onTaken: () => Promise<void>;
  /** Taking and releasing must not overlap: a lease that is about to be released would look like another's. */
  readonly #change = createLimiter(1);
  #users = 0;
  #lease: Lease | undefined;

  /** @param onTaken runs before the first write under a lease */
  constructor(path: string, address: string, onTaken: () => Promise<void>) {
    this.#path = path;
    this.#address = address;
    this.#onTaken = onTaken;
  }

  /** @throws PkgsyncError APPLY_RUNNING where another process holds it, FILE_SYSTEM, DISK_FULL; errors of `write` as they are */
  async during<T>(write: () => Promise<T>): Promise<T> {
    await this.#change(() => this.#enter());
    try {
      return await write();
    } finally {
      await this.#change(() => this.#leave());
    }
  }

  async #enter(): Promise<void> {
    if (this.#lease === undefined) {
      const lease = await takeLease(this.#path, this.#address);
      try {
        await this.#onTaken();
      } catch (error) {
        await lease.release();
        throw error;
      }
      this.#lease = lease;
    }
    this.#users += 1;
  }

  async #leave(): Promise<void> {
    this.#users -= 1;
    const lease = this.#lease;
    if (this.#users > 0 || lease === undefined) return;
    this.#lease = undefined;
    await lease.release();
  }
}
