import type { CommandSpec } from '../command.ts';
import { manifestFile } from './shared.ts';

export const validateSpec: CommandSpec = {
  usage: 'validate',
  summary: 'Check the manifest, all problems at once',
  description: [
    'Reads the manifest only and prints every problem with file, line and column. Exit 20 where there is one. Nothing is contacted.',
  ],
  groups: ['manifest', 'transfer'],
  options: {},
  examples: [
    ['validate', 'check pkgsync.json'],
    ['validate -f teams/data.json --json', 'check another one, for a machine'],
  ],
  files: manifestFile,
  json: 'one validated line',
  exits: [],
  load: async () => (await import('../commands/validate.ts')).validateCommand,
};
