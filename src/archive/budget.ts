import { ArchiveFault } from './archive-fault.ts';

/** What reading one archive may cost: an archive from an index is hostile until it has been read. */
export interface ArchiveLimits {
  readonly members: number;
  /** Most bytes of one metadata file. */
  readonly metadataBytes: number;
  /** Most bytes that come out of decompression. */
  readonly inflatedBytes: number;
  /** Most bytes that may come out for each one that went in, once more than `ratioFreeBytes` have come out. */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
  /** Most bytes of a zip file's central directory. */
  readonly directoryBytes: number;
  readonly milliseconds: number;
}

export const defaultLimits: ArchiveLimits = {
  members: 100_000,
  metadataBytes: 10 * 1024 * 1024,
  inflatedBytes: 2 * 1024 ** 3,
  ratio: 200,
  ratioFreeBytes: 64 * 1024 * 1024,
  directoryBytes: 256 * 1024 * 1024,
  milliseconds: 60_000,
};

/** Counts what one archive has cost so far. Every method throws ArchiveFault past its limit. */
export class Budget {
  readonly limits: ArchiveLimits;
  /** The caller's, if it gave one. */
  readonly signal: AbortSignal | undefined;
  private readonly deadline: number;
  private members = 0;
  private packed = 0;
  private inflated = 0;

  constructor(limits: ArchiveLimits, signal?: AbortSignal) {
    this.limits = limits;
    this.signal = signal;
    this.deadline = performance.now() + limits.milliseconds;
  }

  /** Throws the caller's reason after an abort, ArchiveFault when the time is up. */
  checkTime(): void {
    this.signal?.throwIfAborted();
    if (performance.now() > this.deadline) throw new ArchiveFault(`takes longer than ${this.limits.milliseconds / 1000} seconds to search`);
  }

  addMember(): void {
    this.members += 1;
    if (this.members > this.limits.members) throw new ArchiveFault(`holds more than ${this.limits.members} members`);
    this.checkTime();
  }

  addPacked(bytes: number): void {
    this.packed += bytes;
    this.checkTime();
  }

  addInflated(bytes: number): void {
    this.inflated += bytes;
    if (this.inflated > this.limits.inflatedBytes) {
      throw new ArchiveFault(`unpacks to more than ${this.limits.inflatedBytes} bytes before its metadata is found`);
    }
    if (this.inflated > this.limits.ratioFreeBytes && this.inflated > this.packed * this.limits.ratio) {
      throw new ArchiveFault(`unpacks to more than ${this.limits.ratio} times its size`);
    }
    this.checkTime();
  }
}
