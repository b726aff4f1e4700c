import { importFormats } from '../../import/imported.ts';
import type { CommandSpec } from '../command.ts';
import { networkVariables } from './shared.ts';

export const importSpec: CommandSpec = {
  usage: 'import <files..>',
  summary: 'Turn a requirements or lock file into a manifest, and into a lock where it has digests',
  description: [
    'Reads requirements.txt (with -r, -c and hashes), buildout versions.cfg, pylock.toml, uv.lock, poetry.lock or Pipfile.lock, and what they include; the name and the content tell which. Several requirements files are joined.',
    'Where the input names files or digests the lock holds exactly these, and nothing is resolved: the source is asked for the pages of these packages only, with --offline not at all. Existing files are replaced with --force only. What is left out is listed, with the reason.',
  ],
  groups: ['transfer'],
  options: {
    to: {
      type: 'string',
      default: './mirror',
      describe: 'What is kept in the declared state: folder or upload URL',
      value: 'FOLDER',
      requiresArg: true,
    },
    source: {
      type: 'string',
      describe: 'Where packages come from, in place of what the input says (else PyPI)',
      value: 'URL',
      requiresArg: true,
    },
    'manifest-out': {
      alias: 'o',
      type: 'string',
      default: 'pkgsync.json',
      describe: 'The manifest to write',
      value: 'FILE',
      requiresArg: true,
    },
    'lock-out': { type: 'string', describe: 'The lock to write (pkgsync.lock beside the manifest)', value: 'FILE', requiresArg: true },
    format: {
      choices: importFormats,
      describe: 'What the input is, where its name and content do not tell',
      value: 'FORMAT',
      requiresArg: true,
    },
    target: {
      type: 'array',
      string: true,
      describe: 'Only what serves this Python and platform, such as 3.12:manylinux_2_28_x86_64; decides markers',
      value: 'TARGET',
      requiresArg: true,
    },
    force: { type: 'boolean', describe: 'Replace an existing manifest and lock' },
    'dry-run': { type: 'boolean', describe: 'Write nothing; say what would be written' },
  },
  positionals: { files: { type: 'string', array: true, demandOption: true, describe: 'Paths or http(s) URLs', value: 'FILE' } },
  examples: [
    ['import requirements.txt', 'a manifest, and a lock where the file has hashes'],
    ['import uv.lock --to https://pypi.corp.example/team/prod/', 'mirror exactly the files of a lock into an upload API'],
    ['import versions.cfg --source https://pypi.corp.example/simple/', 'the pins of a buildout, from an index of your own'],
  ],
  variables: networkVariables,
  json: 'one imported line',
  exits: [22, 26, 27],
  load: async () => (await import('../commands/import.ts')).importCommand,
};
