import { expect } from '@jest/globals';
import { join } from 'node:path';

import { interop, type Lab, labTest } from './support/lab.ts';
import { downloadedDigests } from './support/listing.ts';
import { distributionDigests } from './support/packages.ts';
import { type DevpiLogin, devpiRoot, devpiUser } from './support/servers.ts';
import { expectInSync, only, planCounts } from './support/summary.ts';

const packages = { six: '*', colorama: '*' };
const files = 6;
const sdist = 'six-1.17.0.tar.gz';
const reader = { username: 'reader', password: 'reader-password' };

/** Writes the manifest for uploads to `url` as `user`. @returns the environment with the password, for every command */
async function uploading(
  lab: Lab,
  url: string,
  user: DevpiLogin,
  more: Readonly<Record<string, unknown>> = {},
): Promise<NodeJS.ProcessEnv> {
  const auth = { username: user.username, passwordEnv: 'PKGSYNC_DESTINATION_PASSWORD' };
  await lab.manifest({ source: lab.packages, destination: { type: 'upload', url, auth }, packages, ...more });
  return { PKGSYNC_DESTINATION_PASSWORD: user.password };
}

/** The three ways to write, as `user`. */
function writing(lab: Lab, url: string, { username }: DevpiLogin): readonly (readonly string[])[] {
  const destination = ['--destination-url', url, '--destination-username', username];
  return [
    ['apply', '--yes'],
    ['sync', '--source-url', lab.packages, ...destination, 'six'],
    ['upload', join(lab.packages, sdist), ...destination],
  ];
}

async function nothingIn(index: string): Promise<void> {
  const answer = await fetch(index.replace(/\/$/, ''), { headers: { accept: 'application/json' } });
  expect(await answer.json()).toMatchObject({ result: { projects: [] } });
}

interop('devpi, variant by variant', () => {
  labTest('tells who may not write by 26: a wrong password, a dead token, a user who may only read', async (lab) => {
    const devpi = await lab.devpi();
    await devpi.createUser(reader);
    // A token of another server is to this one what an expired one is: not signed, or not signed any more.
    const elsewhere = await lab.devpi();
    const index = await devpi.createIndex('dev');
    const cases = [
      [{ ...devpiUser, password: 'wrong-secret' }, /rejected the credentials( of .+)? \(401 Unauthorized\)$/m],
      [{ ...devpiUser, password: await elsewhere.login(devpiUser) }, /rejected the credentials( of .+)? \(401 Unauthorized\)$/m],
      [reader, /does not allow this to .+ \(403 no permission to submit\)$/m],
    ] as const;
    for (const [user, says] of cases) {
      const env = await uploading(lab, index, user);
      expect((await lab.pkgsync(['plan'], { env })).code).toBe(0);
      for (const args of writing(lab, index, user)) {
        const refused = await lab.pkgsync(args, { env });
        expect({ args, code: refused.code }).toEqual({ args, code: 26 });
        expect(refused.transcript).toMatch(says);
        expect(refused.transcript).not.toContain(user.password);
      }
    }
    await nothingIn(index);
  });

  labTest('takes uploads with a token, from whom acl_upload names, from everybody, and into the root user’s index', async (lab) => {
    const devpi = await lab.devpi(['--restrict-modify', 'root']);
    await devpi.createUser(reader, devpiRoot);
    const own = devpiUser;
    const cases: readonly (readonly [string, DevpiLogin])[] = [
      [await devpi.createIndex('by-token', {}, devpiRoot), { ...devpiRoot, password: await devpi.login(devpiRoot) }],
      [await devpi.createIndex('by-others', { acl_upload: [own.username, reader.username] }, devpiRoot), reader],
      [await devpi.createIndex('prod', { volatile: false }, devpiRoot), devpiRoot],
    ];
    for (const [index, user] of cases) {
      const env = await uploading(lab, index, user);
      const applied = await lab.pkgsync(['apply', '--yes'], { env });
      expect({ index, code: applied.code }).toEqual({ index, code: 0 });
      await expectInSync(lab, files, [], env);
    }
    const open = await devpi.createIndex('by-all', { acl_upload: [':ANONYMOUS:'] }, devpiRoot);
    await lab.manifest({ source: lab.packages, destination: { type: 'upload', url: open }, packages });
    expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(0);
    await expectInSync(lab, files);
  });

  labTest('replaces nothing in a non-volatile index, whatever the manifest asks for', async (lab) => {
    const devpi = await lab.devpi();
    const index = await devpi.createIndex('prod', { volatile: false });
    const env = await uploading(lab, index, devpiUser, { packages: { colorama: '*' } });
    const body = new FormData();
    for (const [field, value] of [
      [':action', 'file_upload'],
      ['name', 'colorama'],
      ['version', '0.4.6'],
    ] as const)
      body.append(field, value);
    body.append('content', new Blob(['other bytes']), 'colorama-0.4.6.tar.gz');
    const authorization = `Basic ${Buffer.from(`${devpiUser.username}:${devpiUser.password}`).toString('base64')}`;
    expect((await fetch(index, { method: 'POST', body, headers: { authorization } })).status).toBe(200);
    await uploading(lab, index, devpiUser, { packages: { colorama: '*' }, onMismatch: 'replace' });
    expect(planCounts(await lab.pkgsync(['plan'], { env }))).toEqual(only({ 'to upload': 1, mismatch: 1 }));
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(22);
    const { 'colorama-0.4.6.tar.gz': kept, ...arrived } = await downloadedDigests(`${index}+simple/`, ['colorama']);
    const original = await distributionDigests(lab.packages);
    expect(original).toMatchObject(arrived);
    expect(kept).not.toBe(original['colorama-0.4.6.tar.gz']);
  });

  labTest('over a mirror of another server is read as a whole and written as its own; the mirror itself takes nothing', async (lab) => {
    const full = await lab.pypiserver({ packages: lab.packages });
    const devpi = await lab.devpi();
    const mirror = await devpi.createIndex('mirror', { type: 'mirror', mirror_url: new URL('simple/', full.url).href });
    const index = await devpi.createIndex('dev', { bases: ['ci/mirror'], mirror_whitelist: ['*'] });

    await lab.manifest({ source: index, destination: './mirror', packages }, 'read.json');
    expect((await lab.pkgsync(['apply', '--yes', '--manifest', 'read.json', '--lockfile', 'read.lock'])).code).toBe(0);
    const read = await distributionDigests(lab.path('mirror'));
    expect(Object.keys(read)).toHaveLength(files);
    expect(await distributionDigests(lab.packages)).toMatchObject(read);

    const env = await uploading(lab, index, devpiUser);
    expect(planCounts(await lab.pkgsync(['plan'], { env }))).toEqual(only({ 'to register': 2, 'to upload': files }));
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
    await expectInSync(lab, files, [], env);

    await uploading(lab, mirror, devpiUser);
    const refused = await lab.pkgsync(['plan'], { env });
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 20,
      stderr: `error: ${mirror} is a devpi mirror index: nothing can be uploaded to it\n  create a stage index whose bases name it, and upload there\n`,
    });
  });

  labTest('with a limit of its own answers a file that is too large with 413: one sentence, 29', async (lab) => {
    const devpi = await lab.devpi(['--max-request-body-size', '30000']);
    const index = await devpi.createIndex('dev');
    const env = await uploading(lab, index, devpiUser, { packages: { six: '*' } });
    for (const args of writing(lab, index, devpiUser)) {
      const refused = await lab.pkgsync(args, { env });
      expect({ args, code: refused.code }).toEqual({ args, code: 29 });
      expect(refused.transcript).toContain(
        `cannot upload ${sdist}: ${index} does not take a file of this size (413 Request Entity Too Large)`,
      );
    }
    expect(Object.keys(await downloadedDigests(`${index}+simple/`, ['six']))).toHaveLength(3);
  });

  labTest(
    'that names itself otherwise than it is reached, and with metadata beside files, is written and read all the same',
    async (lab) => {
      const devpi = await lab.devpi(['--outside-url', 'https://devpi.example/below', '--enable-core-metadata']);
      const index = await devpi.createIndex('dev', { volatile: false });
      const env = await uploading(lab, index, devpiUser);
      expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
      await expectInSync(lab, files, [], env);
      const narrower = { ...packages, six: '>=1.17' };
      await uploading(lab, index, devpiUser, { packages: narrower, prune: 'tombstoned' });
      expect(planCounts(await lab.pkgsync(['apply', '--yes'], { env }))).toEqual(only({ 'to remove': 2, unchanged: 4 }));
      await lab.manifest({ source: index, destination: './back', packages: narrower }, 'back.json');
      expect((await lab.pkgsync(['apply', '--yes', '--manifest', 'back.json', '--lockfile', 'back.lock'])).code).toBe(0);
      const back = await distributionDigests(lab.path('back'));
      expect(Object.keys(back)).toHaveLength(4);
      expect(await distributionDigests(lab.packages)).toMatchObject(back);
    },
  );
});
