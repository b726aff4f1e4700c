import type { CommandSpec } from '../command.ts';

export const showSpec: CommandSpec = {
  usage: 'show <plan>',
  summary: 'Render a saved plan',
  description: ['Prints a plan that plan --out wrote, after checking that it is whole and unedited. Nothing is contacted.'],
  groups: ['manifest', 'transfer'],
  options: { markdown: { type: 'boolean', describe: 'Markdown for a pull request' } },
  positionals: { plan: { type: 'string', demandOption: true, describe: 'A file that plan --out wrote', value: 'FILE' } },
  examples: [
    ['show plan.jsonl', 'read it again before apply'],
    ['show plan.jsonl --markdown', 'as a comment for a pull request'],
  ],
  json: 'the lines of the plan',
  exits: [23],
  load: async () => (await import('../commands/show.ts')).showCommand,
};
