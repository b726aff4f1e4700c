import type { CommandSpec } from '../command.ts';
import { resolvingOptions } from '../options.ts';
import { manifestVariables, stateFiles } from './shared.ts';

export const lockSpec: CommandSpec = {
  usage: 'lock',
  summary: 'Resolve against the source and write the lock only',
  description: [
    'Resolves new and changed packages and replaces the lock atomically; no destination is contacted. With --check nothing is contacted or written: exit 21 where the lock does not fit the manifest.',
  ],
  groups: ['manifest', 'transfer'],
  options: {
    upgrade: resolvingOptions.upgrade,
    check: { type: 'boolean', describe: 'Compare the lock with the manifest, offline; exit 21 where they differ' },
    accept: { type: 'array', string: true, describe: 'Take the new bytes of this locked file', value: 'FILENAME', requiresArg: true },
  },
  examples: [
    ['lock', 'after a change of the manifest'],
    ['lock --upgrade celery', "take celery's newer releases"],
    ['lock --check', 'what CI runs first in a pull request'],
  ],
  files: stateFiles,
  variables: manifestVariables,
  json: 'the lines of the plan, then note lines; with --check one lock-check line',
  exits: [21, 22, 25, 26, 27],
  load: async () => (await import('../commands/lock.ts')).lockCommand,
};
