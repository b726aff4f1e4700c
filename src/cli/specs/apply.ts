import type { CommandSpec } from '../command.ts';
import { resolvingOptions } from '../options.ts';

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
    expect: { type: 'string', describe: 'Run only where the plan has this id', requiresArg: true },
    allow: { type: 'array', string: true, describe: 'Accept a count over a limit: remove=104', requiresArg: true },
  },
  positionals: { plan: { type: 'string', describe: 'A saved plan' } },
  examples: [
    ['apply', 'show the plan, ask, do it'],
    ['apply --locked --yes', 'what CI runs after the merge; safe to run again'],
    ['apply plan.jsonl', 'exactly the plan that was reviewed'],
  ],
  load: async () => (await import('../commands/apply.ts')).applyCommand,
};
