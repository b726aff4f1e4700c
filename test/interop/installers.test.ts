import { expect } from '@jest/globals';
import { pathToFileURL } from 'node:url';

import { interop, type Lab, labTest } from './support/lab.ts';
import { mirrorEverything } from './support/mirror.ts';

/** A pin of an older version, a dependency that must be found in the index, a name with a dot, a release candidate. */
const requirements = ['python-dateutil', 'attrs==23.1.0', 'idna<3.11', 'Typing.Extensions', 'Jinja2==3.0.0rc1', 'MarkupSafe==2.1.5'];

/** What the installed modules say of themselves. */
const report = `
import attr, dateutil, idna, six, typing_extensions
from importlib.metadata import version
print(attr.__version__, dateutil.__version__, idna.__version__, six.__version__, version("jinja2"), version("markupsafe"))
`;
const installed = '23.1.0 2.9.0.post0 3.6 1.17.0 3.0.0rc1 2.1.5';

/** `--no-build-isolation`: the build backend is the tools' own, so that the index under test is the only one that is asked. */
async function pipInstall(lab: Lab, index: string): Promise<string> {
  const target = lab.path('by-pip');
  const options = ['--no-cache-dir', '--no-build-isolation', '--index-url', index, '--target', target];
  const result = await lab.pip(['install', '--verbose', ...options, ...requirements]);
  expect(result.code).toBe(0);
  expect(await lab.python(report, target)).toBe(installed);
  return result.stdout;
}

async function uvInstall(lab: Lab, index: string): Promise<string> {
  const target = lab.path('by-uv');
  const options = ['--no-cache', '--no-build-isolation', '--python', lab.tools.python, '--default-index', index, '--target', target];
  const result = await lab.uv(['pip', 'install', '--verbose', ...options, ...requirements]);
  expect(result.code).toBe(0);
  expect(await lab.python(report, target)).toBe(installed);
  return result.stderr;
}

interop('installers on a directory', () => {
  labTest('pip and uv install from its path', async (lab) => {
    await mirrorEverything(lab);
    const index = pathToFileURL(lab.path('mirror', 'simple')).href;
    await pipInstall(lab, index);
    await uvInstall(lab, index);
  });

  labTest('pip and uv install from a static host that serves it, and read metadata without fetching wheels', async (lab) => {
    await mirrorEverything(lab);
    const host = await lab.staticHost(lab.path('mirror'));
    await pipInstall(lab, new URL('simple/', host.url).href);
    expect(host.log()).toContain('/packages/python-dateutil/python_dateutil-2.9.0.post0-py2.py3-none-any.whl.metadata HTTP/1.1" 200');
    const before = host.log().length;
    await uvInstall(lab, new URL('simple/', host.url).href);
    expect(host.log().slice(before)).toContain('.whl.metadata HTTP/1.1" 200');
  });

  labTest('pip and uv pass over versions that need another Python', async (lab) => {
    await mirrorEverything(lab);
    const index = pathToFileURL(lab.path('mirror', 'simple')).href;
    const options = ['--only-binary=:all:', '--python-version', '3.7', '--no-deps', '--no-cache-dir', '--index-url', index];
    const downloaded = await lab.pip(['download', ...options, '--dest', 'by-pip', 'attrs', 'click']);
    expect(downloaded.code).toBe(0);
    expect(downloaded.stdout).toContain('attrs-23.1.0');
    expect(downloaded.stdout).toContain('click-8.1.7');
  });
});
