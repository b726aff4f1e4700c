import type { CommandSpec } from '../command.ts';
import { destinationOptions } from '../destination-options.ts';
import { uploadFiles, uploadVariables } from './shared.ts';

export const uploadSpec: CommandSpec = {
  usage: 'upload <files..>',
  summary: 'Upload distribution files, as twine does',
  description: [
    'Uploads files in parallel to one index: by default the repository `pypi` of .pypirc. Every file is read and checked before the first byte leaves (exit 20: unusable file, nothing was sent). One that fails does not keep the others.',
    "Safe to run again: a file that is there with the same bytes is 'already there', on every kind of server; its digest decides, not its name. One that is there with other bytes is never replaced, and the message names both digests (exit 22). The index's listing confirms what arrived.",
    'Where and as whom: flags, then TWINE_REPOSITORY, TWINE_REPOSITORY_URL, TWINE_USERNAME and TWINE_PASSWORD, then UV_PUBLISH_*, then .pypirc, then netrc, then the keyring if asked for, then trusted publishing on PyPI, then a question on the terminal. Signatures (.asc) and attestations are left out.',
  ],
  groups: ['transfer'],
  options: {
    ...destinationOptions,
    'skip-existing': {
      type: 'boolean',
      default: true,
      describe: 'An identical file that is there is fine; with --no-skip-existing it is an error',
    },
    'disable-progress-bar': { type: 'boolean', describe: "twine's name for --no-progress" },
  },
  positionals: {
    files: { type: 'string', array: true, demandOption: true, describe: 'Distribution files; patterns are expanded', value: 'FILE' },
  },
  examples: [
    ["upload 'dist/*'", 'to PyPI, as ~/.pypirc or TWINE_PASSWORD say'],
    ['upload dist/* -r corp', 'to the repository [corp] of .pypirc'],
    ['upload dist/* --destination-url https://pypi.corp.example/team/prod/ -u ci', 'asks for the password'],
    ['upload dist/* --destination-url ./mirror', 'into an index on disk'],
  ],
  files: uploadFiles,
  variables: uploadVariables,
  json: 'an upload line per file, then upload-summary',
  exits: [22, 26, 27, 28, 29],
  load: async () => (await import('../commands/upload.ts')).uploadCommand,
};
