import type { FileFacts } from '../packaging/distribution-file.ts';

/** Keys of what a server removes at once; files that share one go together. */
export type UnitKeys = (file: FileFacts) => readonly string[];

/**
 * Which of the files to remove cannot go, as one that stays would go with them where the server removes whole versions: filename to the name of the file
 * that keeps it (pure). What is kept keeps others in turn.
 * @param staying files there, or on their way there, that are not to go
 */
export function keptBack(going: readonly FileFacts[], staying: readonly FileFacts[], keysOf: UnitKeys): ReadonlyMap<string, string> {
  const byKey = new Map<string, FileFacts[]>();
  for (const file of going) {
    for (const key of keysOf(file)) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [file]);
      else known.push(file);
    }
  }
  const kept = new Map<string, string>();
  const stays = [...staying];
  for (const file of stays) {
    for (const key of keysOf(file)) {
      for (const other of byKey.get(key) ?? []) {
        if (kept.has(other.filename)) continue;
        kept.set(other.filename, file.filename);
        // Grows while it is walked: every file is added once at most.
        stays.push(other);
      }
      byKey.delete(key);
    }
  }
  return kept;
}
