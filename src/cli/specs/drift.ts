import { newsClasses } from '../../drift/news.ts';
import type { CommandSpec } from '../command.ts';
import { manifestVariables, stateFiles } from './shared.ts';

export const driftSpec: CommandSpec = {
  usage: 'drift',
  summary: 'Compare the lock with destination and source; can only read',
  description: [
    'Tells what has moved since the last apply: missing, extra and altered files, stale pages, and news from the source (yanked, vanished, newer releases). Exit 2 where a destination differs, 22 where bytes differ from the lock, 27 where something cannot be told.',
  ],
  groups: ['manifest', 'transfer'],
  options: {
    'allow-unverifiable': { type: 'boolean', describe: 'Files without a comparable digest are no failure' },
    'fail-on': {
      type: 'array',
      string: true,
      choices: newsClasses,
      describe: 'Exit 2 on this news from the source too',
      value: 'NEWS',
      requiresArg: true,
    },
  },
  examples: [
    ['drift', 'has anything moved?'],
    ['drift --json', 'what CI runs on a schedule'],
  ],
  files: stateFiles,
  variables: manifestVariables,
  json: 'a drift line per difference, a news line per change at the source, then drift-summary',
  exits: [2, 21, 22, 26, 27],
  load: async () => (await import('../commands/drift.ts')).driftCommand,
};
