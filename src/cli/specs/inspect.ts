import type { CommandSpec } from '../command.ts';

export const inspectSpec: CommandSpec = {
  usage: 'inspect <files..>',
  summary: 'Show what distribution files say about themselves',
  description: [
    'Prints digests, wheel tags and every metadata field of wheels, source distributions, eggs and installers. Nothing is unpacked to disk or run, and nobody is contacted. A file without metadata is shown by its filename, and says so.',
    'Other files are still shown where one cannot be read (exit 20: no distribution; 22: a broken archive).',
  ],
  groups: [],
  options: {},
  positionals: {
    files: { type: 'string', array: true, demandOption: true, describe: 'Distribution files; patterns are expanded', value: 'FILE' },
  },
  examples: [
    ['inspect dist/celery-5.4.0-py3-none-any.whl', 'for people'],
    ["inspect 'dist/*' --json", 'one JSON object per file, all fields'],
  ],
  json: 'a distribution or error line per file',
  exits: [22],
  load: async () => (await import('../commands/inspect.ts')).inspectCommand,
};
