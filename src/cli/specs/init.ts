import type { CommandSpec } from '../command.ts';
import { manifestFile } from './shared.ts';

export const initSpec: CommandSpec = {
  usage: 'init [packages..]',
  summary: 'Start a manifest',
  description: [
    'Writes a manifest that names a source, a destination and the given packages. An existing file is left as it is. Nothing is contacted.',
  ],
  groups: ['manifest', 'transfer'],
  options: {
    source: {
      type: 'string',
      default: 'https://pypi.org/simple/',
      describe: 'Where packages come from: URL or folder',
      value: 'URL',
      requiresArg: true,
    },
    to: {
      type: 'string',
      default: './mirror',
      describe: 'What is kept in the declared state: folder or upload URL',
      value: 'FOLDER',
      requiresArg: true,
    },
  },
  positionals: { packages: { type: 'string', array: true, describe: "Requirements such as 'django>=4.2'" } },
  examples: [
    ["init 'django>=4.2' celery", 'mirror two packages into ./mirror'],
    ['init --to https://pypi.corp.example/team/prod/ celery', 'keep celery in an upload API'],
  ],
  files: manifestFile,
  json: 'one manifest-written line',
  exits: [],
  load: async () => (await import('../commands/init.ts')).initCommand,
};
