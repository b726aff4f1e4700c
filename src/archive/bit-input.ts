import { ArchiveFault } from './archive-fault.ts';

/** More than a block of bzip2 data can take: 900 000 symbols of at most 20 bits, and its tables. */
const lookahead = 2_560 * 1024;

/** Bits of a stream, most significant first. Reading is synchronous, so `fill` makes sure before each block that enough has come. */
export class BitInput {
  private readonly source: AsyncIterator<Uint8Array>;
  private bytes: Uint8Array = new Uint8Array();
  private position = 0;
  private ended = false;
  /** Bits taken from `bytes` and not yet read, in the low `count` bits. */
  private bits = 0;
  private count = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.source = body[Symbol.asyncIterator]();
  }

  async fill(): Promise<void> {
    if (this.ended || this.bytes.length - this.position >= lookahead) return;
    const parts = [this.bytes.subarray(this.position)];
    let available = this.bytes.length - this.position;
    while (available < lookahead) {
      const next = await this.source.next();
      if (next.done === true) {
        this.ended = true;
        break;
      }
      parts.push(next.value);
      available += next.value.length;
    }
    this.bytes = Buffer.concat(parts, available);
    this.position = 0;
  }

  /** @param width 1 to 24 */
  read(width: number): number {
    while (this.count < width) {
      const byte = this.bytes[this.position];
      if (byte === undefined) throw new ArchiveFault(this.ended ? 'is cut short' : 'is damaged: a block of its bzip2 data never ends');
      this.position += 1;
      this.bits = (this.bits << 8) | byte;
      this.count += 8;
    }
    this.count -= width;
    return (this.bits >>> this.count) & ((1 << width) - 1);
  }

  alignToByte(): void {
    this.count -= this.count % 8;
  }

  /** Whether these bytes come next; only where reading stands at a whole byte and right after `fill`. */
  startsWith(expected: readonly number[]): boolean {
    const start = this.position - this.count / 8;
    return expected.every((byte, index) => this.bytes[start + index] === byte);
  }
}
