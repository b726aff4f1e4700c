import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { eggBytes, sdistBytes, wheelBytes } from '../../../support/archives.ts';

export interface MatrixFile {
  /** Its project, normalised. */
  readonly project: string;
  /** As its name says it. */
  readonly version: string;
  readonly filename: string;
}

/**
 * Real files, chosen for what is odd about them: old metadata, a zip source distribution, a name with a dot before names had one spelling,
 * capitals, a wheel for one platform, a release candidate, a post-release.
 */
const real: readonly MatrixFile[] = [
  { project: 'enum34', version: '1.1.10', filename: 'enum34-1.1.10.tar.gz' },
  { project: 'jinja2', version: '3.0.0rc1', filename: 'Jinja2-3.0.0rc1-py3-none-any.whl' },
  { project: 'markupsafe', version: '3.0.3', filename: 'markupsafe-3.0.3-cp312-cp312-win_amd64.whl' },
  { project: 'mock', version: '1.0.1', filename: 'mock-1.0.1.zip' },
  { project: 'python-dateutil', version: '2.9.0.post0', filename: 'python_dateutil-2.9.0.post0-py2.py3-none-any.whl' },
  { project: 'six', version: '1.17.0', filename: 'six-1.17.0-py2.py3-none-any.whl' },
  { project: 'six', version: '1.17.0', filename: 'six-1.17.0.tar.gz' },
  { project: 'zope-event', version: '4.6', filename: 'zope.event-4.6.tar.gz' },
  { project: 'zope-event', version: '5.0', filename: 'zope.event-5.0-py3-none-any.whl' },
];

/** What no small real project has: a local version, a build tag, an egg, and a source distribution without any metadata, spelled as of old. */
const made = [
  { project: 'lab-tool', version: '1.0+lab.2', ...wheelBytes({ name: 'lab-tool', version: '1.0+lab.2' }) },
  { project: 'lab-tool', version: '1.0+lab.2', ...sdistBytes({ name: 'lab-tool', version: '1.0+lab.2' }) },
  { project: 'lab-tool', version: '1.1', ...wheelBytes({ name: 'lab-tool', version: '1.1', build: '7' }) },
  { project: 'lab-egg', version: '0.3', ...eggBytes({ name: 'lab-egg', version: '0.3' }) },
  {
    project: 'old-style-lab',
    version: '0.1',
    ...sdistBytes({ name: 'Old.Style-Lab', version: '0.1', filename: 'Old.Style-Lab-0.1.tar.gz', metadata: false }),
  },
];

export const matrixFiles: readonly MatrixFile[] = [
  ...real,
  ...made.map(({ project, version, filename }) => ({ project, version, filename })),
];

/** The projects, each once. */
export const matrixProjects: readonly string[] = [...new Set(matrixFiles.map(({ project }) => project))];

/** Writes them into `folder`. @param packages where the real ones are */
export async function writeMatrixFiles(folder: string, packages: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([
    ...real.map(({ filename }) => cp(join(packages, filename), join(folder, filename))),
    ...made.map(({ filename, bytes }) => writeFile(join(folder, filename), bytes)),
  ]);
}
