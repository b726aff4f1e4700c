import { expect } from '@jest/globals';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interop, labTest } from './support/lab.ts';
import { devpiUser } from './support/servers.ts';

const wanted = { packages: { six: '*', attrs: '*', 'zope.event': '*' }, defaults: { prereleases: true } } as const;

interop('verify', () => {
  labTest('finds at a pypiserver what was damaged or taken on its disk, byte by byte', async (lab) => {
    const packages = lab.path('there');
    const { url } = await lab.pypiserver({ packages });
    await lab.manifest({ source: lab.packages, destination: { type: 'upload', url }, ...wanted });
    expect((await lab.pkgsync(['apply', '--yes'])).code).toBe(0);
    expect(await lab.pkgsync(['verify', '--deep'])).toMatchObject({ code: 0, stdout: expect.stringContaining('checked byte by byte') });
    await appendFile(join(packages, 'six-1.17.0.tar.gz'), 'x');
    await rm(join(packages, 'attrs-23.1.0-py3-none-any.whl'));
    const damaged = await lab.pkgsync(['verify', '--deep']);
    expect(damaged.code).toBe(22);
    expect(damaged.stdout).toMatch(/mismatch +six-1\.17\.0\.tar\.gz/);
    expect(damaged.stdout).toMatch(/missing +attrs-23\.1\.0-py3-none-any\.whl/);
  });

  labTest('reads every file of a devpi index with its credentials, and a directory from its disk', async (lab) => {
    const url = await (await lab.devpi()).createIndex('dev');
    const auth = { username: devpiUser.username, passwordEnv: 'DEVPI_PASSWORD' };
    const destinations = { devpi: { type: 'upload', url, auth }, folder: './mirror' };
    await lab.manifest({ source: lab.packages, destinations, ...wanted });
    const env = { DEVPI_PASSWORD: devpiUser.password };
    expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
    const verified = await lab.pkgsync(['verify', '--deep'], { env });
    expect(verified.code).toBe(0);
    expect(verified.stdout.match(/checked byte by byte/g)).toHaveLength(2);
    await appendFile(lab.path('mirror', 'packages', 'six', 'six-1.17.0.tar.gz'), 'x');
    const damaged = await lab.pkgsync(['verify'], { env });
    expect(damaged.code).toBe(22);
    expect(damaged.stdout).toMatch(/mismatch +six-1\.17\.0\.tar\.gz/);
  });
});
