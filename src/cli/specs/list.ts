import type { CommandSpec } from '../command.ts';
import { sourceOptions } from '../source-options.ts';
import { sourceVariables } from './shared.ts';

export const listSpec: CommandSpec = {
  usage: 'list <specs..>',
  summary: 'List the files of an index that requirements select',
  description: [
    'Reads the index and nothing else; needs no manifest. The newest version comes first, within a version files by name. Pre-releases and yanked files count as in a manifest: only where they are named, or asked for.',
    'On a terminal a table; elsewhere one line per file with tabs between filename, version, size, upload time, digest, Requires-Python and `yanked`. A requirement that selects nothing is exit 20.',
  ],
  groups: ['transfer'],
  options: sourceOptions,
  positionals: { specs: { type: 'string', array: true, demandOption: true, describe: "Requirements such as 'celery>=5,<6'" } },
  examples: [
    ["list 'celery>=5' --latest 3", 'the files of the three newest versions'],
    ['list celery --source-url https://pypi.corp.example/team/prod/ --json', 'what a private index has, for machines'],
  ],
  variables: sourceVariables,
  json: 'a listed line per file, a missing line per requirement that selects nothing',
  exits: [26, 27],
  load: async () => (await import('../commands/list.ts')).listCommand,
};
