import { expect } from '@jest/globals';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { interop, type Lab, labTest } from './support/lab.ts';
import { distributionDigests } from './support/packages.ts';
import { expectInSync, only, planCounts } from './support/summary.ts';

const packages = { six: '*', colorama: '*' };
const files = 6;
const users = { publisher: 'right' };
const auth = { username: 'publisher', passwordEnv: 'PUBLISHER_PASSWORD' };
const env = { PUBLISHER_PASSWORD: 'right' };

/** Writes the manifest for an upload to `url`, and gives the address of the simple API there. */
async function uploading(lab: Lab, url: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await lab.manifest({ source: lab.packages, destination: { type: 'upload', url, ...more }, packages });
}

interop('pypiserver, variant by variant', () => {
  labTest('that protects one action at a time asks for a password exactly there', async (lab) => {
    const protecting = (protect: string, folder = lab.packages) => lab.pypiserver({ packages: folder, users, protect });
    // Reading: nothing, the lists, the files.
    const readers = [
      { protect: 'update', plan: 0, apply: 0, says: undefined },
      { protect: 'list', plan: 26, apply: 26, says: 'requires credentials (401 Unauthorized)' },
      { protect: 'download', plan: 0, apply: 26, says: 'requires credentials (401 Unauthorized)' },
    ];
    for (const { protect, plan, apply, says } of readers) {
      const { url } = await protecting(protect);
      await lab.manifest({ source: { url, serialization: 'html' }, destination: `./${protect}`, packages }, `${protect}.json`);
      const at = ['--manifest', `${protect}.json`, '--lockfile', `${protect}.lock`];
      const planned = await lab.pkgsync(['plan', ...at]);
      const applied = await lab.pkgsync(['apply', '--yes', ...at]);
      expect({ protect, plan: planned.code, apply: applied.code }).toEqual({ protect, plan, apply });
      if (says !== undefined) expect(applied.transcript).toContain(says);
      await lab.manifest({ source: { url, auth }, destination: `./${protect}`, packages }, `${protect}.json`);
      expect((await lab.pkgsync(['apply', '--yes', ...at], { env })).code).toBe(0);
      expect(Object.keys(await distributionDigests(lab.path(protect)))).toHaveLength(files);
    }

    // Writing, where reading is open: the plan stands, nothing is written.
    const { url } = await protecting('update', lab.path('there'));
    await uploading(lab, url);
    expect((await lab.pkgsync(['plan'])).code).toBe(0);
    const refused = await lab.pkgsync(['apply', '--yes']);
    expect(refused.code).toBe(26);
    expect(refused.transcript).toContain(`cannot upload there: ${url} requires credentials (401 Unauthorized)`);
    expect(await readdir(lab.path('there'))).toEqual([]);
  });

  labTest('refuses or overwrites a name that is taken, and keeps its bytes either way', async (lab) => {
    for (const overwrite of [false, true]) {
      const folder = lab.path(`overwrite-${overwrite}`);
      await mkdir(folder);
      await writeFile(join(folder, 'six-1.17.0.tar.gz'), 'other bytes');
      const { url } = await lab.pypiserver({ packages: folder, overwrite });
      await lab.manifest({ source: lab.packages, destination: { type: 'upload', url }, packages: { six: '*' }, onMismatch: 'replace' });
      const planned = await lab.pkgsync(['plan']);
      expect(planCounts(planned)).toEqual(only({ 'to upload': 3, mismatch: 1 }));
      expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(22);
      expect(await readdir(folder)).toHaveLength(4);
      const { 'six-1.17.0.tar.gz': kept, ...arrived } = await distributionDigests(folder);
      const original = await distributionDigests(lab.packages);
      expect(original).toMatchObject(arrived);
      expect(kept).not.toBe(original['six-1.17.0.tar.gz']);
    }
  });

  labTest('with any digest that the source has too is compared by it, and is unverifiable with one that it has not', async (lab) => {
    // A folder is hashed with sha256 and md5; of other algorithms only the listing knows.
    const cases = [
      { algorithm: 'sha256', counts: { unchanged: files } },
      { algorithm: 'md5', counts: { unchanged: files } },
      { algorithm: 'sha512', counts: { unverifiable: files } },
      { algorithm: 'off', counts: { unverifiable: files } },
    ];
    for (const { algorithm, counts } of cases) {
      const { url } = await lab.pypiserver({ packages: lab.path(algorithm), hashAlgorithm: algorithm });
      await uploading(lab, url);
      expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(0);
      const again = await lab.pkgsync(['plan', '--locked', '--detailed-exitcode']);
      expect({ algorithm, counts: planCounts(again) }).toEqual({ algorithm, counts: only(counts) });
      expect(await distributionDigests(lab.packages)).toMatchObject(await distributionDigests(lab.path(algorithm)));
    }
  });

  labTest('below a path takes uploads, is in sync, and is read back', async (lab) => {
    const { url } = await lab.pypiserver({ packages: lab.path('there'), users, basePath: '/python/index' });
    await uploading(lab, url, { auth });
    const applied = await lab.pkgsync(['apply', '--yes'], { env });
    expect(applied.code).toBe(0);
    expect(applied.stdout).toContain(`Destination ${url} (pypiserver)\n`);
    await expectInSync(lab, files, [], env);
    await lab.manifest({ source: url, destination: './mirror', packages }, 'back.json');
    expect((await lab.pkgsync(['apply', '--yes', '--manifest', 'back.json', '--lockfile', 'back.lock'])).code).toBe(0);
    expect(await distributionDigests(lab.path('mirror'))).toEqual(await distributionDigests(lab.path('there')));
  });
});
