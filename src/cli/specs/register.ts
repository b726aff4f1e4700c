import type { CommandSpec } from '../command.ts';
import { destinationOptions } from '../destination-options.ts';
import { uploadFiles, uploadVariables } from './shared.ts';

export const registerSpec: CommandSpec = {
  usage: 'register <file>',
  summary: 'Make the project of a distribution known to an index',
  description: [
    "Tells the index name, version and metadata of the file's project, without sending the file. Only some servers know this: devpi and folders do; on PyPI and pypiserver a project appears with its first file, and there is nothing to do (exit 0). Where a server cannot, that is exit 29.",
    'Credentials: flags, then TWINE_* and UV_PUBLISH_* variables, then .pypirc, then netrc, then a question on the terminal.',
  ],
  groups: ['transfer'],
  options: destinationOptions,
  positionals: { file: { type: 'string', demandOption: true, describe: 'A distribution file', value: 'FILE' } },
  examples: [
    ['register dist/celery-5.4.0.tar.gz --destination-url https://pypi.corp.example/team/prod/ -u ci', 'before the first upload to devpi'],
  ],
  files: uploadFiles,
  variables: uploadVariables,
  json: 'one register line',
  exits: [22, 26, 27, 28, 29],
  load: async () => (await import('../commands/register.ts')).registerCommand,
};
