import type { CommandSpec } from '../command.ts';
import { resolvingOptions } from '../options.ts';
import { manifestVariables, stateFiles } from './shared.ts';

export const planSpec: CommandSpec = {
  usage: 'plan',
  summary: 'Show what would change; writes nothing but --out',
  description: [
    'Resolves new and changed packages against the source, reads what each destination holds, and shows the difference: projects to register, files to upload, replace, update and remove, digest mismatches, and what changes in the lock. Packages whose rule is unchanged keep what is locked.',
    'Exit 0 whether or not there are differences, 2 for differences with --detailed-exitcode; 20, 22, 25, 26 or 27 where something stands in the way.',
  ],
  groups: ['manifest', 'transfer'],
  options: {
    ...resolvingOptions,
    out: { type: 'string', describe: 'Save the plan for review and apply', value: 'FILE', requiresArg: true },
    markdown: { type: 'boolean', describe: 'Markdown for a pull request' },
    'detailed-exitcode': { type: 'boolean', describe: 'Exit 2 where there are differences' },
  },
  examples: [
    ['plan', 'what apply would do now'],
    ['plan --locked --out plan.jsonl', 'what CI shows in a pull request'],
    ['plan --upgrade celery', "with celery's newer releases"],
  ],
  files: stateFiles,
  variables: manifestVariables,
  json: 'the lines of the plan, then note lines',
  exits: [2, 21, 22, 25, 26, 27],
  load: async () => (await import('../commands/plan.ts')).planCommand,
};
