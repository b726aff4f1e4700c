import { sdist, wheel } from '../../examples/demo/archives.mjs';
import type { OfferedFile } from './source-server.ts';

/** A wheel of a one-module project. */
export function demoWheel(
  name: string,
  version: string,
  facts: Partial<OfferedFile> & { readonly tag?: string; readonly requires?: readonly string[] } = {},
): OfferedFile {
  const { tag, requires, ...rest } = facts;
  const made = wheel(
    { name, version, summary: `About ${name}`, code: `VERSION = '${version}'\n`, ...(requires === undefined ? {} : { requires }) },
    tag,
  );
  return { ...made, ...rest };
}

/** A source distribution of a one-module project. */
export function demoSdist(name: string, version: string, facts: Partial<OfferedFile> = {}): OfferedFile {
  return { ...sdist({ name, version, summary: `About ${name}`, code: `VERSION = '${version}'\n` }), ...facts };
}

/** Two projects with five files. */
export function smallIndex(): Record<string, readonly OfferedFile[]> {
  return {
    alpha: [demoWheel('alpha', '1.0'), demoSdist('alpha', '1.0'), demoWheel('alpha', '1.1'), demoWheel('alpha', '2.0rc1')],
    beta: [demoWheel('beta', '0.5', { requiresPython: '>=3.8' })],
  };
}
