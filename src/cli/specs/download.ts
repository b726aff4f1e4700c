import type { CommandSpec } from '../command.ts';
import { sourceOptions } from '../source-options.ts';
import { sourceVariables } from './shared.ts';

export const downloadSpec: CommandSpec = {
  usage: 'download <specs..>',
  summary: 'Download files of an index into a folder, verified',
  description: [
    'Downloads every file that the requirements select, in parallel; needs no manifest. A file appears only when it is whole and has the digests that the index offers. A file that is there with the right bytes is left as it is, one with other bytes is an error and never replaced (exit 29).',
    'What broke off leaves a hidden .part file and is taken up again by the next run. Prints the paths on stdout.',
  ],
  groups: ['transfer'],
  options: {
    to: { type: 'string', default: '.', describe: 'The folder, made where it is missing', value: 'FOLDER', requiresArg: true },
    ...sourceOptions,
  },
  positionals: { specs: { type: 'string', array: true, demandOption: true, describe: "Requirements such as 'celery>=5,<6'" } },
  examples: [
    ["download 'celery==5.4.0' --to wheels", 'all files of one version'],
    ['download celery --latest 1 --target 3.12:manylinux_2_28_x86_64', 'what one installer needs of the newest version'],
  ],
  variables: sourceVariables,
  json: 'a download line per file, then download-summary',
  exits: [22, 26, 27, 29],
  load: async () => (await import('../commands/download.ts')).downloadCommand,
};
