import type { CommandSpec } from '../command.ts';
import { destinationOptions } from '../destination-options.ts';
import { sourceOptions } from '../source-options.ts';
import { manifestFile, manifestVariables, uploadFiles } from './shared.ts';

const { 'source-username': sourceUsername, 'source-password': sourcePassword } = sourceOptions;

export const authSpec: CommandSpec = {
  usage: 'auth <what>',
  summary: 'Say which credentials would go where, and try them',
  description: [
    '`auth check` says for every source and destination of the manifest which credentials would be used, where they come from (variable, netrc file and line, keyring, command, trusted publishing), for which user and exactly which origin, and what was looked at and not taken. Then it reads a page with them and, where the server can be asked without changing anything, asks for the right to write. Secrets are never shown.',
    'With --source-url, --destination-url or --repository it does the same for what list, download and upload would use. With --offline nobody is contacted, and no helper is run.',
  ],
  groups: ['transfer', 'manifest'],
  options: {
    'source-url': { type: 'string', describe: 'An index to read from, in place of the manifest', value: 'URL', requiresArg: true },
    'source-username': sourceUsername,
    'source-password': sourcePassword,
    ...destinationOptions,
  },
  positionals: { what: { choices: ['check'], demandOption: true, describe: 'check', value: 'WHAT' } },
  examples: [
    ['auth check', 'everything that the manifest names'],
    ['auth check --destination plant --offline', 'one destination, without contacting it'],
    ['auth check --repository corp', 'what upload -r corp would use'],
  ],
  files: [...manifestFile, ...uploadFiles],
  variables: manifestVariables,
  json: 'an auth-check line per source and destination',
  exits: [26, 27],
  load: async () => (await import('../commands/auth.ts')).authCommand,
};
