import { expect } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { interop, type Lab, labTest } from './support/lab.ts';
import { downloadedDigests } from './support/listing.ts';
import { distributionDigests } from './support/packages.ts';
import { devpiUser } from './support/servers.ts';
import { expectInSync, only, planCounts } from './support/summary.ts';

const packages = { six: '*', colorama: '*', 'zope.event': '*', mock: '*' };
const files = 10;
const byTwine = ['six-1.17.0-py2.py3-none-any.whl', 'six-1.16.0-py2.py3-none-any.whl', 'zope.event-4.6.tar.gz', 'zope.event-5.0.tar.gz'];
const env = { DEVPI_PASSWORD: devpiUser.password };
const auth = { username: devpiUser.username, passwordEnv: 'DEVPI_PASSWORD' };

async function twineUpload(lab: Lab, url: string, paths: readonly string[]): Promise<void> {
  const { username, password } = devpiUser;
  const options = ['--non-interactive', '--disable-progress-bar', '--repository-url', url, '-u', username, '-p', password];
  expect((await lab.twine(['upload', ...options, ...paths])).code).toBe(0);
}

/** The same archive in other bytes, as a second build of one release would be. */
async function rebuilt(lab: Lab, filename: string): Promise<string> {
  const path = lab.path(basename(filename));
  await writeFile(path, gzipSync(gunzipSync(await readFile(join(lab.packages, filename))), { level: 1 }));
  return path;
}

interop('files that twine uploaded', () => {
  labTest('are in sync on pypiserver', async (lab) => {
    const source = await lab.pypiserver({ packages: lab.packages });
    const destination = await lab.pypiserver({ packages: lab.path('there') });
    await twineUpload(
      lab,
      destination.url,
      byTwine.map((name) => join(lab.packages, name)),
    );
    await lab.manifest({ source: source.url, destination: { type: 'upload', url: destination.url }, packages });
    const planned = await lab.pkgsync(['plan']);
    expect(planCounts(planned)).toEqual(only({ 'to register': 2, 'to upload': files - byTwine.length, unchanged: byTwine.length }));
    expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(0);
    await expectInSync(lab, files);
  });

  labTest('are in sync on devpi', async (lab) => {
    const source = await lab.pypiserver({ packages: lab.packages });
    const devpi = await lab.devpi();
    const index = await devpi.createIndex('dev');
    await twineUpload(
      lab,
      index,
      byTwine.map((name) => join(lab.packages, name)),
    );
    await lab.manifest({ source: source.url, destination: { type: 'upload', url: index, auth }, packages });
    const planned = await lab.pkgsync(['plan'], { env });
    const counts = only({ 'to register': 2, 'to upload': files - byTwine.length, unchanged: byTwine.length });
    expect(planCounts(planned)).toEqual(counts);
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
    await expectInSync(lab, files, [], env);
  });

  labTest('with other bytes are a mismatch that devpi keeps as it is, until replacing is asked for', async (lab) => {
    const source = await lab.pypiserver({ packages: lab.packages });
    const devpi = await lab.devpi();
    const index = await devpi.createIndex('dev', { volatile: true });
    const other = await rebuilt(lab, 'colorama-0.4.6.tar.gz');
    await twineUpload(lab, index, [other]);
    const simple = `${index}+simple/`;
    const before = await downloadedDigests(simple, ['colorama']);

    const manifest = { source: source.url, destination: { type: 'upload', url: index, auth }, packages: { colorama: '*' } };
    await lab.manifest(manifest);
    const planned = await lab.pkgsync(['plan'], { env });
    expect(planCounts(planned)).toEqual(only({ 'to upload': 1, mismatch: 1 }));
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(22);
    expect(await downloadedDigests(simple, ['colorama'])).toMatchObject(before);

    await lab.manifest({ ...manifest, onMismatch: 'replace' });
    expect(planCounts(await lab.pkgsync(['plan'], { env }))).toEqual(only({ 'to replace': 1, unchanged: 1 }));
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
    const original = await distributionDigests(lab.packages);
    const after = await downloadedDigests(simple, ['colorama']);
    expect(original).toMatchObject(after);
    expect(Object.keys(after)).toHaveLength(2);
  });

  labTest('with other bytes are a mismatch that a pypiserver which overwrites keeps as it is', async (lab) => {
    const source = await lab.pypiserver({ packages: lab.packages });
    const destination = await lab.pypiserver({ packages: lab.path('there'), overwrite: true });
    await twineUpload(lab, destination.url, [await rebuilt(lab, 'colorama-0.4.6.tar.gz')]);
    const before = await distributionDigests(lab.path('there'));
    await lab.manifest({ source: source.url, destination: { type: 'upload', url: destination.url }, packages: { colorama: '*' } });
    expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(22);
    expect(await distributionDigests(lab.path('there'))).toMatchObject(before);
  });
});
