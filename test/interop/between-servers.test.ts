import { expect } from '@jest/globals';

import { interop, labTest } from './support/lab.ts';
import { downloadedDigests } from './support/listing.ts';
import { everything } from './support/mirror.ts';
import { distributionDigests, projectsOf } from './support/packages.ts';
import { devpiUser } from './support/servers.ts';
import { expectInSync, only, planCounts } from './support/summary.ts';

const users = { publisher: 'publisher-password' };

interop('from server to server', () => {
  labTest('pypiserver → directory → devpi → pypiserver arrives byte for byte, each second plan is empty', async (lab) => {
    const original = await distributionDigests(lab.packages);
    const files = Object.keys(original).length;
    const projects = projectsOf(original);
    const first = await lab.pypiserver({ packages: lab.packages });
    const devpi = await lab.devpi();
    const index = await devpi.createIndex('prod', { volatile: false });
    const last = await lab.pypiserver({ packages: lab.path('last'), users });
    const env = { DEVPI_PASSWORD: devpiUser.password, PUBLISHER_PASSWORD: users.publisher };

    await lab.manifest({ source: first.url, destination: './mirror', ...everything }, 'to-directory.json');
    const toDirectory = ['--manifest', 'to-directory.json', '--lockfile', 'to-directory.lock'];
    expect((await lab.pkgsync(['apply', '--yes', ...toDirectory])).code).toBe(0);
    await expectInSync(lab, files, toDirectory);

    const auth = { username: devpiUser.username, passwordEnv: 'DEVPI_PASSWORD' };
    await lab.manifest({ source: './mirror', destination: { type: 'upload', url: index, auth }, ...everything }, 'to-devpi.json');
    const toDevpi = ['--manifest', 'to-devpi.json', '--lockfile', 'to-devpi.lock'];
    const planned = await lab.pkgsync(['plan', ...toDevpi], { env });
    expect(planCounts(planned)).toEqual(only({ 'to register': projects.length, 'to upload': files }));
    expect((await lab.pkgsync(['apply', '--yes', ...toDevpi], { env })).code).toBe(0);
    expect(await downloadedDigests(`${index}+simple/`, projects)).toEqual(original);
    await expectInSync(lab, files, toDevpi, env);

    const publisher = { username: 'publisher', passwordEnv: 'PUBLISHER_PASSWORD' };
    const destination = { type: 'upload', url: last.url, auth: publisher };
    await lab.manifest({ source: index, destination, ...everything }, 'to-pypiserver.json');
    const toPypiserver = ['--manifest', 'to-pypiserver.json', '--lockfile', 'to-pypiserver.lock'];
    expect((await lab.pkgsync(['apply', '--yes', ...toPypiserver], { env })).code).toBe(0);
    expect(await distributionDigests(lab.path('last'))).toEqual(original);
    await expectInSync(lab, files, toPypiserver, env);
  });

  labTest('what was interrupted by a server that died is finished by the next run', async (lab) => {
    const original = await distributionDigests(lab.packages);
    const source = await lab.pypiserver({ packages: lab.packages });
    const dying = await lab.pypiserver({ packages: lab.path('there') });
    await lab.manifest({ source: source.url, destination: { type: 'upload', url: dying.url }, ...everything });
    const applying = lab.pkgsync(['apply', '--yes', '--concurrency', '1']);
    await filesIn(lab.path('there'), 5);
    await dying.stop();
    const failed = await applying;
    expect([27, 29]).toContain(failed.code);
    const arrived = await distributionDigests(lab.path('there'));
    expect(Object.keys(arrived).length).toBeLessThan(Object.keys(original).length);
    expect(original).toMatchObject(arrived);

    const back = await lab.pypiserver({ packages: lab.path('there') });
    await lab.manifest({ source: source.url, destination: { type: 'upload', url: back.url }, ...everything });
    expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(0);
    expect(await distributionDigests(lab.path('there'))).toEqual(original);
  });
});

/** Resolves once a folder holds `count` distribution files. */
async function filesIn(folder: string, count: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Object.keys(await distributionDigests(folder)).length < count) {
    if (Date.now() > deadline) throw new Error(`${folder} did not get ${count} files in a minute`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
