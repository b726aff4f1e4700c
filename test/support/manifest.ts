import { expect } from '@jest/globals';
import { isPkgsyncError } from '../../src/errors.ts';
import { parseManifest } from '../../src/manifest/load.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';

const place = { path: 'pkgsync.json', folder: '/project' };

/** The manifest of this text, or of this value written as JSON. */
export function manifestOf(written: unknown): Manifest {
  return parseManifest(typeof written === 'string' ? written : JSON.stringify(written), place);
}

/** A valid manifest with other or further keys; undefined takes one away. */
export function manifestWith(keys: Readonly<Record<string, unknown>>): Manifest {
  return manifestOf({ manifestVersion: 1, source: 'https://pypi.org/simple/', destination: './mirror', packages: {}, ...keys });
}

/** The problems for which the text is refused, without the file's name; [] where it is accepted. */
export function problemsIn(text: string): readonly string[] {
  try {
    manifestOf(text);
  } catch (error) {
    if (!isPkgsyncError(error, 'MANIFEST_INVALID')) throw error;
    for (const problem of error.problems) expect(problem).toMatch(/^pkgsync\.json:\d+:\d+: \//);
    return error.problems.map((problem) => problem.replace('pkgsync.json:', ''));
  }
  return [];
}

/** The problems of a manifest with these keys, without their places. */
export function problemsWith(keys: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    manifestWith(keys);
  } catch (error) {
    if (!isPkgsyncError(error, 'MANIFEST_INVALID')) throw error;
    return error.problems.map((problem) => problem.replace(/^pkgsync\.json:\d+:\d+: /, ''));
  }
  return [];
}
