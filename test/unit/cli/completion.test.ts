import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameOf } from '../../../src/cli/command.ts';
import { completedCommands } from '../../../src/cli/completion/model.ts';
import { completionScript } from '../../../src/cli/completion/script.ts';
import { shells } from '../../../src/cli/completion/shells.ts';
import type { Shell } from '../../../src/cli/completion/shells.ts';
import { commandSpecs } from '../../../src/cli/specs/all.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const typist = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'support', 'shells', 'complete.zsh');
const folder = temporaryFolders();
const installed = (shell: Shell): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

/** Words as readline splits them: `=` is a word of its own. */
const bashWords = (line: string): readonly string[] => {
  const words = line
    .replaceAll('=', ' = ')
    .split(' ')
    .filter((word) => word !== '');
  return line.endsWith(' ') ? [...words, ''] : words;
};

const bashDriver = `source "$1"; shift
set -u
# As a user may have set it.
IFS=:
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_pkgsync
for word in "\${COMPREPLY[@]+"\${COMPREPLY[@]}"}"; do printf '%s\\n' "$word"; done`;

const commands: Readonly<Record<Shell, (script: string, line: string) => readonly string[]>> = {
  bash: (script, line) => ['bash', '--norc', '-c', bashDriver, 'driver', script, ...bashWords(line)],
  zsh: (script, line) => ['zsh', '-f', typist, script, line],
  fish: (script, line) => ['fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line],
};

describe.each(shells)('completion of %s', (shell) => {
  let place: string;
  beforeAll(() => expect(shell !== 'bash' || installed('bash')).toBe(true));

  const offered = async (line: string): Promise<readonly string[]> => {
    place = await folder();
    await writeFile(join(place, 'script'), completionScript(shell));
    await mkdir(join(place, 'wheels'));
    await writeFile(join(place, 'wheel list.json'), '');
    const [program = '', ...args] = commands[shell](join(place, 'script'), line);
    const { stdout, stderr } = spawnSync(program, args, { cwd: place, encoding: 'utf8', timeout: 20_000 });
    expect(stderr).toBe('');
    // What a shell adds: explanations, slashes, what stands before, quoting.
    const bare = (word: string): string =>
      word
        .replace(/\t.*$/, '')
        .replace(/\/$/, '')
        .replace(/^--color=/, '')
        .replaceAll('\\', '');
    const words = stdout.split('\n').map(bare);
    return [...new Set(words)].filter((word) => word !== '').sort();
  };

  const cases: readonly (readonly [line: string, words: readonly string[]])[] = [
    ['pkgsync ', commandSpecs.map(nameOf)],
    ['pkgsync pl', ['plan']],
    ['pkgsync help app', ['apply']],
    ['pkgsync plan --lo', ['--locked', '--lockfile']],
    ['pkgsync plan --no-', ['--no-progress']],
    ['pkgsync plan --color ', ['always', 'auto', 'never']],
    ['pkgsync plan --color=al', ['always']],
    ['pkgsync --color al', ['always']],
    ['pkgsync sync --destination-server de', ['devpi']],
    ['pkgsync import --format p', ['pipfile', 'poetry', 'pylock']],
    ['pkgsync drift --fail-on so', ['source-vanished']],
    ['pkgsync plan -f whee', ['wheel list.json', 'wheels']],
    ['pkgsync show whee', ['wheel list.json', 'wheels']],
    ['pkgsync download --to whee', ['wheels']],
    ['pkgsync -f other.json plan --mark', ['--markdown']],
    ['pkgsync plan --upgrade celery --ou', ['--out']],
    ['pkgsync list cel', []],
    ['pkgsync plan --destination pr', []],
    ['pkgsync upload --destination-password hun', []],
  ];
  const run = installed(shell) ? it : it.skip;
  run.each(cases)(`offers in '%s' what may follow (skipped where ${shell} is not installed)`, async (line, words) => {
    expect(await offered(line)).toEqual([...words].sort());
  });

  run('is a script that the shell can read', async () => {
    const path = join(await folder(), 'script');
    await writeFile(path, completionScript(shell));
    const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('knows every command and every flag', () => {
    const script = completionScript(shell);
    for (const { name, flags } of completedCommands()) {
      expect(script).toContain(name);
      for (const flag of flags.flatMap(({ names }) => names))
        expect(script).toContain(shell === 'fish' ? flag.replace(/^--/, '-l ').replace(/^-(?=[a-zA-Z]$)/, '-s ') : flag);
    }
  });
});
