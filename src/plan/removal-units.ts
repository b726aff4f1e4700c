import type { RemovalKeys } from '../destinations/destination.ts';

/** A file, known by its name alone where it is no distribution. */
interface UnitFile {
  readonly filename: string;
  readonly version?: string | undefined;
}

/**
 * Which of the files to remove cannot go, as one that stays would go with them where the server removes whole versions: filename to the name of the file
 * that keeps it (pure). What is kept keeps others in turn.
 * @param staying files there, or on their way there, that are not to go
 */
export function keptBack(going: readonly UnitFile[], staying: readonly UnitFile[], keysOf: RemovalKeys): ReadonlyMap<string, string> {
  const byKey = new Map<string, UnitFile[]>();
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
