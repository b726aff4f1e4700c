import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PkgsyncError, printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { problemsBySchema, type SchemaProblem } from '../io/json-schema.ts';
import { type JsonProblem, parseJsonText, type Place, problemLine } from '../io/json-text.ts';
import { withoutFaults } from './faults.ts';
import type { Manifest } from './manifest.ts';
import { normalise } from './normalise.ts';
import { problemsByRules } from './rules/rules.ts';
import type { WrittenManifest } from './written.ts';

/** The version of the manifest's format that is read here. */
const manifestVersion = 1;

/**
 * Reads a manifest from a file: JSON with comments, UTF-8 with or without a byte order mark.
 * @throws PkgsyncError MANIFEST_INVALID with all problems and their places, or where the file is missing; FILE_SYSTEM
 */
export async function loadManifest(path: string): Promise<Manifest> {
  return parseManifest(await readText(path), { path, folder: dirname(resolve(path)) });
}

/**
 * Turns the text of a manifest into a Manifest.
 * @param place `path` as people know it, for messages; `folder`, against which its paths are resolved
 * @throws PkgsyncError MANIFEST_INVALID: `problems` holds them (100 at most) as `FILE:LINE:COLUMN: /json/path: what is wrong, what was expected`
 */
export function parseManifest(text: string, place: { readonly path: string; readonly folder: string }): Manifest {
  const document = parseJsonText(text, { comments: true });
  const label = printable(place.path, 1000);
  if (!document.parsed) throw invalid(label, [problemLine(label, document.place, { pointer: '', at: 'value', message: document.message })]);

  const newer = newerVersion(document.value);
  const located = (newer ?? problemsOf(document.value, document.duplicates)).map((problem) => {
    const at = document.placeOf(problem.pointer, problem.at);
    return { at, line: problemLine(label, at, problem) };
  });
  if (located.length > 0) throw invalid(label, distinct(located.sort((a, b) => byPlace(a.at, b.at)).map(({ line }) => line)));
  return normalise(document.value as WrittenManifest, place);
}

function problemsOf(value: unknown, duplicates: readonly JsonProblem[]): readonly JsonProblem[] {
  const bySchema: readonly SchemaProblem[] = problemsBySchema('manifest', value);
  const problems = [...duplicates, ...bySchema];
  // Without an object there is nothing to judge.
  if (bySchema.some(({ pointer, refused }) => refused && pointer === '')) return problems;
  return [...problems, ...problemsByRules(withoutFaults(value, bySchema) as WrittenManifest)];
}

/** A manifest of a later format would break rules that no longer hold there: that it is later is all there is to say. */
function newerVersion(value: unknown): readonly JsonProblem[] | undefined {
  if (typeof value !== 'object' || value === null || !('manifestVersion' in value)) return undefined;
  const { manifestVersion: version } = value;
  if (typeof version !== 'number' || !Number.isInteger(version) || version <= manifestVersion) return undefined;
  const message = `written for a newer pkgsync (manifestVersion ${version}; this one reads ${manifestVersion}): update pkgsync`;
  return [{ pointer: '/manifestVersion', at: 'value', message }];
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileSystemError(error, path, 'read');
    throw new PkgsyncError('MANIFEST_INVALID', `there is no manifest ${printable(path, 1000)}`, {
      hint: "run 'pkgsync init' to start one, or name another file with --manifest",
      cause: error,
    });
  }
  try {
    // Takes a byte order mark off.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new PkgsyncError('MANIFEST_INVALID', `${printable(path, 1000)} is not UTF-8 text`, { hint: 'save it as UTF-8', cause: error });
  }
}

/** More than anybody mends in one go. */
const maxShown = 100;

function invalid(label: string, problems: readonly string[]): PkgsyncError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const left = problems.length - maxShown;
  const shown = left > 0 ? [...problems.slice(0, maxShown), `${label}: and ${left} more, not shown`] : problems;
  return new PkgsyncError('MANIFEST_INVALID', `${label} is not a valid manifest: ${count}`, { problems: shown });
}

function byPlace(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}
