import type { CommandSpec } from '../command.ts';
import { resolvingOptions } from '../options.ts';
import { manifestVariables, stateFiles } from './shared.ts';

export const applySpec: CommandSpec = {
  usage: 'apply [plan]',
  summary: 'Carry the plan out and write the lock',
  description: [
    "Plans (or takes a saved plan), shows it, asks on a terminal, replaces the lock, and moves every destination towards it. Each file is verified against the lock's digests before it becomes visible; the destination's listing confirms what arrived. Nothing that exists is overwritten unless the manifest says so.",
    'Safe to run again: what is done already is not done twice. Without a terminal it needs --yes, --expect or a saved plan (exit 30 otherwise).',
  ],
  groups: ['manifest', 'transfer'],
  options: {
    ...resolvingOptions,
    yes: { type: 'boolean', describe: 'Do not ask' },
    expect: { type: 'string', describe: 'Run only where the plan has this id', value: 'ID', requiresArg: true },
    allow: { type: 'array', string: true, describe: 'Accept a count over a limit: remove=104', value: 'KIND=N', requiresArg: true },
  },
  positionals: { plan: { type: 'string', describe: 'A saved plan', value: 'FILE' } },
  examples: [
    ['apply', 'show the plan, ask, do it'],
    ['apply --locked --yes', 'what CI runs after the merge; safe to run again'],
    ['apply plan.jsonl', 'exactly the plan that was reviewed'],
  ],
  files: stateFiles,
  variables: manifestVariables,
  json: 'the lines of the plan (not those of a saved one), note lines, then one result line',
  exits: [21, 22, 23, 24, 25, 26, 27, 28, 29, 30],
  load: async () => (await import('../commands/apply.ts')).applyCommand,
};
