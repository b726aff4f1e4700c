import { expect } from '@jest/globals';
import { join } from 'node:path';

import { interop, type Lab, labTest } from './support/lab.ts';
import { downloadedDigests } from './support/listing.ts';
import { distributionDigests } from './support/packages.ts';
import { projectFolder } from './support/python.ts';
import { devpiUser } from './support/servers.ts';
import { only, planCounts } from './support/summary.ts';

const { username, password } = devpiUser;
const env = { PKGSYNC_DESTINATION_PASSWORD: password };

/** The files of these projects, by what the spelling of their names comes to. */
function filesOf(digests: Readonly<Record<string, string>>, projects: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(digests).filter(([filename]) => projects.some((name) => filename.toLowerCase().startsWith(`${name}-`))),
  );
}

/** Runs pkgsync on a terminal of its own and types `answer` at the question for a password. @returns what stood on the screen, and the exit code */
async function onTerminal(lab: Lab, args: readonly string[], answer: string): Promise<{ screen: string; code: number }> {
  const script = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
screen, typed = b'', False
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    screen += piece
    if not typed and b'Password of' in screen:
        os.write(terminal, sys.argv[1].encode() + b'\\r')
        typed = True
sys.stdout.buffer.write(screen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
  const cli = join(projectFolder, 'dist', 'cli', 'bin.js');
  const result = await lab.command(lab.tools.python, ['-c', script, answer, process.execPath, cli, ...args]);
  return { screen: result.stdout, code: result.code ?? -1 };
}

interop('pkgsync sync', () => {
  labTest('brings packages to devpi, asking for the password of a user', async (lab) => {
    const source = await lab.pypiserver({ packages: lab.packages });
    const index = await (await lab.devpi()).createIndex('dev');
    const args = [
      'sync',
      `--source-url=${source.url}`,
      `--destination-url=${index}`,
      `--destination-username=${username}`,
      'attrs',
      'Jinja2',
      'six',
    ];
    const { screen, code } = await onTerminal(lab, args, password);
    expect(screen).toContain(`Password of ${username} at ${index}`);
    expect(screen).not.toContain(password);
    expect(code).toBe(0);
    // Named packages come as installers take them: without the release candidate.
    const all = filesOf(await distributionDigests(lab.packages), ['attrs', 'jinja2', 'six']);
    const expected = Object.fromEntries(Object.entries(all).filter(([filename]) => !filename.includes('rc1')));
    expect(Object.keys(all).length).toBe(Object.keys(expected).length + 1);
    expect(Object.keys(expected).length).toBeGreaterThan(4);
    expect(await downloadedDigests(new URL('+simple/', index).href, ['attrs', 'jinja2', 'six'])).toEqual(expected);
    const again = await lab.pkgsync(args, { env });
    expect(again.code).toBe(0);
    expect(planCounts(again)).toEqual(only({ unchanged: Object.keys(expected).length }));
  });

  labTest('brings all of one index to another, and is done the second time', async (lab) => {
    const source = await lab.pypiserver({ packages: lab.packages });
    const destination = await lab.pypiserver({ packages: lab.path('there'), users: { [username]: password } });
    const args = [
      'sync',
      `--source-url=${source.url}`,
      `--destination-url=${destination.url}`,
      `--destination-username=${username}`,
      '--all',
    ];
    const first = await lab.pkgsync(args, { env });
    expect(first).toMatchObject({ code: 0 });
    const all = await distributionDigests(lab.packages);
    expect(await distributionDigests(lab.path('there'))).toEqual(all);
    expect(planCounts(await lab.pkgsync(args, { env }))).toEqual(only({ unchanged: Object.keys(all).length }));
  });

  labTest('writes a folder that pip installs from', async (lab) => {
    const source = await lab.pypiserver({ packages: lab.packages });
    const synced = await lab.pkgsync([
      'sync',
      `--source-url=${source.url}`,
      '--destination-url',
      './mirror',
      '--latest',
      '1',
      'jinja2<3.2',
      'markupsafe',
    ]);
    expect(synced).toMatchObject({ code: 0 });
    const simple = `file://${lab.path('mirror', 'simple')}`;
    const installed = await lab.pip(['download', '--no-deps', '--index-url', simple, '--dest', lab.path('pip'), 'jinja2']);
    expect(installed.code).toBe(0);
  });
});
