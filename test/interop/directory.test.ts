import { expect } from '@jest/globals';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

import { interop, labTest } from './support/lab.ts';
import { everything, mirrorEverything } from './support/mirror.ts';
import { distributionDigests } from './support/packages.ts';
import { expectInSync, planCounts } from './support/summary.ts';

interop('pypiserver to a directory', () => {
  labTest('brings over every file of more than twenty projects, byte for byte, and then has nothing to do', async (lab) => {
    const original = await distributionDigests(lab.packages);
    const files = Object.keys(original).length;
    const server = await lab.pypiserver({ packages: lab.packages });
    await lab.manifest({ source: server.url, destination: './mirror', ...everything });

    const planned = await lab.pkgsync(['plan', '--detailed-exitcode']);
    expect(planCounts(planned)).toMatchObject({ 'to upload': files, unchanged: 0, blocked: 0 });
    expect(planned.code).toBe(2);
    await expect(readdir(lab.path('mirror'))).rejects.toMatchObject({ code: 'ENOENT' });

    const applied = await lab.pkgsync(['apply', '--yes']);
    expect(applied.code).toBe(0);
    expect(await distributionDigests(lab.path('mirror'))).toEqual(original);
    expect((await readdir(lab.path('mirror', 'packages'))).length).toBeGreaterThan(20);
    await expectInSync(lab, files);
    expect((await lab.pkgsync(['drift'])).code).toBe(0);
  });

  labTest('finds a file that was altered and one that was lost, and mends both', async (lab) => {
    const original = await mirrorEverything(lab);
    const altered = lab.path('mirror', 'packages', 'toml', 'toml-0.10.2-py2.py3-none-any.whl');
    await writeFile(altered, Buffer.concat([await readFile(altered), Buffer.from('!')]));
    await rm(lab.path('mirror', 'packages', 'six', 'six-1.16.0-py2.py3-none-any.whl'));

    const drifted = await lab.pkgsync(['drift']);
    expect(drifted.code).toBe(2);
    expect(drifted.stdout).toContain('toml-0.10.2-py2.py3-none-any.whl');
    expect(drifted.stdout).toContain('six-1.16.0-py2.py3-none-any.whl');
    const index = pathToFileURL(lab.path('mirror', 'simple')).href;
    const refused = await lab.pip(['install', '--no-cache-dir', '--only-binary=:all:', '--index-url', index, '--target', 't', 'toml']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('DO NOT MATCH THE HASHES');

    await rm(altered);
    expect((await lab.pkgsync(['apply', '--locked', '--yes'])).code).toBe(0);
    expect(await distributionDigests(lab.path('mirror'))).toEqual(original);
  });
});
