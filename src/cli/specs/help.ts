import type { CommandSpec } from '../command.ts';

export const helpSpec: CommandSpec = {
  usage: 'help [command]',
  summary: 'Explain a command, or list all of them',
  description: [
    "Prints the same as 'pkgsync COMMAND --help': what it does, flags, examples, the files and variables that it reads, and its exit codes. The text follows the width of the terminal.",
  ],
  groups: [],
  options: {},
  positionals: { command: { type: 'string', describe: 'The command to explain', value: 'COMMAND' } },
  examples: [
    ['help', 'all commands'],
    ['help apply', 'everything about one'],
    ['help sync | less', 'page by page'],
  ],
  json: 'one help line with the text',
  exits: [],
  load: async () => (await import('../commands/help.ts')).helpCommand,
};
