/** Bytes that can be read from the start, or from a place inside where the origin allows it. */
export interface ByteSource {
  /** What to call it in messages: a path, or a URL without secrets. */
  readonly label: string;
  /** Length in bytes, where it is known before reading. */
  readonly size?: number | undefined;
  /**
   * Streams the bytes, whole or from `start` to `end` (exclusive; without it to the last byte).
   * @throws PkgsyncError UNREACHABLE, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, BAD_RESPONSE (also where a range was asked for and not given: its `status` is the answer's), FILE_SYSTEM
   */
  read(options?: {
    readonly range?: { readonly start: number; readonly end?: number | undefined };
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<Uint8Array>;
}
