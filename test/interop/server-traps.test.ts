import { expect } from '@jest/globals';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { interop, labTest } from './support/lab.ts';
import { downloadedDigests } from './support/listing.ts';
import { distributionDigests } from './support/packages.ts';
import { devpiUser } from './support/servers.ts';
import { expectInSync, only, planCounts } from './support/summary.ts';

const packages = { six: '*', colorama: '*' };
const files = 6;
const env = { DEVPI_PASSWORD: devpiUser.password };
const auth = { username: devpiUser.username, passwordEnv: 'DEVPI_PASSWORD' };

interop('what real servers do that a sync must not fall for', () => {
  labTest('a pypiserver that redirects to another index does not hold what that index holds', async (lab) => {
    const full = await lab.pypiserver({ packages: lab.packages });
    const empty = await lab.pypiserver({ packages: lab.path('there'), fallback: new URL('simple/', full.url).href });
    await lab.manifest({ source: full.url, destination: { type: 'upload', url: empty.url }, packages });
    expect(planCounts(await lab.pkgsync(['plan']))).toEqual(only({ 'to register': 2, 'to upload': files }));
    expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(0);
    expect(await readdir(lab.path('there'))).toHaveLength(files);
    await expectInSync(lab, files);
  });

  labTest('a project that the source only redirects to is not in the source', async (lab) => {
    const full = await lab.pypiserver({ packages: lab.packages });
    await mkdir(lab.path('here'));
    await cp(join(lab.packages, 'six-1.17.0.tar.gz'), lab.path('here', 'six-1.17.0.tar.gz'));
    const source = await lab.pypiserver({ packages: lab.path('here'), fallback: new URL('simple/', full.url).href });
    await lab.manifest({ source: source.url, destination: './mirror', packages });
    const planned = await lab.pkgsync(['plan']);
    expect(planCounts(planned)).toMatchObject({ 'to upload': 1, blocked: 1 });
    expect(planned.stdout).toContain('colorama');
  });

  labTest('what a devpi index inherits from its bases is not its own', async (lab) => {
    const full = await lab.pypiserver({ packages: lab.packages });
    const devpi = await lab.devpi();
    const base = await devpi.createIndex('base');
    const index = await devpi.createIndex('dev', { bases: ['ci/base'], volatile: false });
    const destination = (url: string) => ({ source: full.url, destination: { type: 'upload', url, auth }, packages });
    await lab.manifest(destination(base));
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);

    await lab.manifest(destination(index));
    expect(planCounts(await lab.pkgsync(['plan'], { env }))).toEqual(only({ 'to register': 2, 'to upload': files }));
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
    await expectInSync(lab, files, [], env);
    const own = await fetch(`${index}six?ignore_bases`, { headers: { accept: 'application/json' } });
    expect(JSON.stringify(await own.json())).toContain('/ci/dev/+f/');
  });

  labTest('a wrong password stops with 26 before anything is written', async (lab) => {
    const full = await lab.pypiserver({ packages: lab.packages });
    const users = { publisher: 'right' };
    const closed = await lab.pypiserver({ packages: lab.path('there'), users });
    const publisher = { username: 'publisher', passwordEnv: 'PUBLISHER_PASSWORD' };
    await lab.manifest({ source: full.url, destination: { type: 'upload', url: closed.url, auth: publisher }, packages });
    const refused = await lab.pkgsync(['apply', '--yes'], { env: { PUBLISHER_PASSWORD: 'wrong-secret' } });
    expect(refused.code).toBe(26);
    expect(refused.transcript).not.toContain('wrong-secret');
    expect(await readdir(lab.path('there'))).toEqual([]);
    expect((await lab.pkgsync(['apply', '--yes'], { env: { PUBLISHER_PASSWORD: 'right' } })).code).toBe(0);
    expect(await readdir(lab.path('there'))).toHaveLength(files);
  });

  labTest('a server that asks for a password for everything is read with it', async (lab) => {
    const users = { publisher: 'right' };
    const closed = await lab.pypiserver({ packages: lab.packages, users, protect: 'update,download,list' });
    const source = { url: closed.url, auth: { username: 'publisher', passwordEnv: 'PUBLISHER_PASSWORD' } };
    await lab.manifest({ source, destination: './mirror', packages });
    expect((await lab.pkgsync(['plan'], { env: { PUBLISHER_PASSWORD: 'wrong' } })).code).toBe(26);
    expect((await lab.pkgsync(['apply', '--yes'], { env: { PUBLISHER_PASSWORD: 'right' } })).code).toBe(0);
    expect(Object.keys(await distributionDigests(lab.path('mirror')))).toHaveLength(files);
  });

  labTest('a listing with md5 only still proves what is there', async (lab) => {
    const full = await lab.pypiserver({ packages: lab.packages });
    const weak = await lab.pypiserver({ packages: lab.path('there'), hashAlgorithm: 'md5' });
    await lab.manifest({ source: full.url, destination: { type: 'upload', url: weak.url }, packages });
    expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(0);
    await expectInSync(lab, files);
  });

  labTest('a listing without digests is unverifiable, neither in sync nor drift', async (lab) => {
    const full = await lab.pypiserver({ packages: lab.packages });
    const silent = await lab.pypiserver({ packages: lab.path('there'), hashAlgorithm: 'off' });
    await lab.manifest({ source: full.url, destination: { type: 'upload', url: silent.url }, packages });
    await lab.pkgsync(['apply', '--yes']);
    expect(await readdir(lab.path('there'))).toHaveLength(files);
    expect(planCounts(await lab.pkgsync(['plan', '--locked']))).toEqual(only({ unverifiable: files }));
    expect((await lab.pkgsync(['drift'])).code).toBe(27);
    expect((await lab.pkgsync(['drift', '--allow-unverifiable'])).code).toBe(0);
  });

  labTest('a source without digests is fetched to be locked, and what arrives is the same bytes', async (lab) => {
    const silent = await lab.pypiserver({ packages: lab.packages, hashAlgorithm: 'off' });
    await lab.manifest({ source: silent.url, destination: './mirror', packages });
    expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(0);
    expect(await distributionDigests(lab.packages)).toMatchObject(await distributionDigests(lab.path('mirror')));
    await expectInSync(lab, files);
  });

  labTest('files that left the rule are removed from a non-volatile devpi index only when pruning is asked for', async (lab) => {
    const full = await lab.pypiserver({ packages: lab.packages });
    const devpi = await lab.devpi();
    const index = await devpi.createIndex('dev', { volatile: false });
    const manifest = { source: full.url, destination: { type: 'upload', url: index, auth } };
    await lab.manifest({ ...manifest, packages: { six: '*' } });
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);

    await lab.manifest({ ...manifest, packages: { six: '>=1.17' } });
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
    const simple = `${index}+simple/`;
    expect(Object.keys(await downloadedDigests(simple, ['six']))).toHaveLength(4);

    await lab.manifest({ ...manifest, packages: { six: '>=1.17' }, prune: 'tombstoned' });
    expect(planCounts(await lab.pkgsync(['plan'], { env }))).toEqual(only({ 'to remove': 2, unchanged: 2 }));
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
    expect(Object.keys(await downloadedDigests(simple, ['six']))).toEqual(['six-1.17.0-py2.py3-none-any.whl', 'six-1.17.0.tar.gz']);
    await expectInSync(lab, 2, [], env);
  });
});
