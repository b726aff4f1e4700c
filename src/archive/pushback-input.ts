import { ArchiveFault } from './archive-fault.ts';

/** A body of which a part that was read can be given back. */
export class PushbackInput {
  private readonly source: AsyncIterator<Uint8Array>;
  private held: Uint8Array = new Uint8Array();

  constructor(body: AsyncIterable<Uint8Array>) {
    this.source = body[Symbol.asyncIterator]();
  }

  /** The next chunk, or undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.held.length > 0) {
      const chunk = this.held;
      this.held = new Uint8Array();
      return chunk;
    }
    const next = await this.source.next();
    return next.done === true ? undefined : next.value;
  }

  putBack(bytes: Uint8Array): void {
    this.held = this.held.length === 0 ? bytes : Buffer.concat([bytes, this.held]);
  }

  /** The next bytes without reading past them, fewer at the end. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.held.length < count) {
      const next = await this.source.next();
      if (next.done === true) break;
      this.held = Buffer.concat([this.held, next.value]);
    }
    return this.held.subarray(0, count);
  }

  /** Exactly so many bytes. @throws ArchiveFault at the end */
  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw new ArchiveFault('is cut short');
    this.held = this.held.subarray(count);
    return bytes;
  }

  /** Tells the body that no more is wanted. */
  async close(): Promise<void> {
    await this.source.return?.();
  }
}
