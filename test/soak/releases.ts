import { createHash } from 'node:crypto';
import { wheel } from '../../examples/demo/archives.mjs';

/** How large an index is, and from which seed it is made. */
export interface Size {
  readonly seed: number;
  readonly projects: number;
  readonly filesPerProject: number;
}

/** A number in [0, 1) that depends on nothing but these words. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join('\0')).digest().readUInt32LE() / 2 ** 32;
}

export const projectName = (index: number): string => `soak-${String(index).padStart(5, '0')}`;

/** The wheel of a project's n-th version; the same bytes for the same seed. */
export function wheelOf(seed: number, project: string, version: number): { readonly filename: string; readonly bytes: Buffer } {
  const code = `SEED = '${createHash('sha512').update(`${seed} ${project} ${version}`).digest('hex')}'\n`;
  const { filename, bytes } = wheel({ name: project, version: `1.${version}`, summary: `Soak ${project}`, code });
  return { filename, bytes: Buffer.from(bytes) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
