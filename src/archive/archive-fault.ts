/**
 * What is wrong with an archive, as the end of a sentence that begins with its name ("is cut short"). Thrown by the readers, which do not know
 * the name; `findMetadata` makes it a PkgsyncError ARCHIVE_INVALID.
 */
export class ArchiveFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ArchiveFault';
  }
}
