import { serverKinds } from '../../manifest/manifest.ts';
import type { CommandSpec } from '../command.ts';
import { keyringOption } from '../source-options.ts';
import { sourceVariables } from './shared.ts';

export const syncSpec: CommandSpec = {
  usage: 'sync [specs..]',
  summary: 'Bring packages, or all of an index, to a destination: no manifest, no lock',
  description: [
    'Shows the plan, then does it. Takes the packages that SPECS or a file of versions name, or with --all every project of the source. Never removes and never overwrites: a file that is there with other bytes is reported (exit 22). Safe to run again: what is there already is left alone. Failures of single projects and files are reported at the end (exit 29) and keep no other from arriving.',
    'A user name without a password is completed on the terminal, without echo. With --all it asks before it writes, where there is a terminal to ask on; --yes answers that.',
  ],
  groups: ['transfer'],
  options: {
    'destination-url': {
      type: 'string',
      describe: 'Where packages go: URL of an upload API, or a folder',
      value: 'URL',
      requiresArg: true,
      demandOption: true,
    },
    'destination-username': { type: 'string', describe: 'User there; __token__ for an API token', value: 'NAME', requiresArg: true },
    'destination-password': {
      type: 'string',
      describe: 'Better: PKGSYNC_DESTINATION_PASSWORD, or typed when asked',
      value: 'SECRET',
      requiresArg: true,
    },
    'destination-client-cert': {
      type: 'string',
      describe: 'Client certificate (PEM), shown there only',
      value: 'FILE',
      requiresArg: true,
    },
    'destination-client-key': {
      type: 'string',
      describe: 'Its key; passphrase in PKGSYNC_DESTINATION_CLIENT_PASSPHRASE',
      value: 'FILE',
      requiresArg: true,
    },
    'destination-server': {
      choices: serverKinds,
      describe: 'What it is, where that cannot be found out',
      value: 'KIND',
      requiresArg: true,
    },
    'destination-simple-url': {
      type: 'string',
      describe: 'Its simple API, where that cannot be found out',
      value: 'URL',
      requiresArg: true,
    },
    'source-url': {
      type: 'string',
      default: 'https://pypi.org/simple/',
      describe: 'Where packages come from: URL or folder',
      value: 'URL',
      requiresArg: true,
    },
    'source-username': { type: 'string', describe: 'User there', value: 'NAME', requiresArg: true },
    'source-password': {
      type: 'string',
      describe: 'Better: PKGSYNC_SOURCE_PASSWORD, or typed when asked',
      value: 'SECRET',
      requiresArg: true,
    },
    'keyring-provider': keyringOption,
    'source-client-cert': { type: 'string', describe: 'Client certificate (PEM), shown there only', value: 'FILE', requiresArg: true },
    'source-client-key': {
      type: 'string',
      describe: 'Its key; passphrase in PKGSYNC_SOURCE_CLIENT_PASSPHRASE',
      value: 'FILE',
      requiresArg: true,
    },
    all: { type: 'boolean', describe: 'Every project of the source' },
    exclude: {
      type: 'array',
      string: true,
      describe: "Not these: names, globs or requirements such as 'django<4'",
      value: 'SPEC',
      requiresArg: true,
    },
    latest: { type: 'string', describe: 'Only the newest N versions of each; 1 without a number', value: 'N' },
    'from-versions-file': {
      type: 'string',
      describe: 'Take the versions that a buildout versions.cfg pins, and what it extends: path or URL',
      value: 'FILE',
      requiresArg: true,
    },
    prereleases: {
      type: 'boolean',
      describe: 'Take pre-releases too, or none at all with --no-prereleases; by default only --all does, without --latest',
    },
    yanked: { type: 'boolean', describe: 'Take yanked files too; where they go, they may no longer be marked so' },
    'dry-run': { type: 'boolean', describe: 'Show the plan and stop' },
    'write-manifest': {
      type: 'string',
      describe: 'Write a manifest that says the same to this file, and stop',
      value: 'FILE',
      requiresArg: true,
    },
    yes: { type: 'boolean', describe: 'Do not ask' },
  },
  positionals: { specs: { type: 'string', array: true, describe: "Requirements such as 'django>=4.2'" } },
  examples: [
    [
      'sync --destination-url=https://pypi.corp.example/team/stable/ --destination-username=ci tzinfo Django celery',
      'three packages, every version',
    ],
    ['sync --destination-url=./mirror --latest 2 celery', 'the newest two versions, into a folder'],
    [
      'sync --source-url=https://old.example/simple/ --destination-url=https://new.example/ --destination-username=ci --all',
      'all of an index',
    ],
    ["sync --destination-url=./mirror --write-manifest pkgsync.json 'celery>=5'", 'go on with plan and apply'],
  ],
  variables: [...sourceVariables, ['TWINE_CERT', 'Likewise, for both ends']],
  json: 'the lines of the plan, note lines, then one result line; with --write-manifest one manifest-written line',
  exits: [22, 26, 27, 28, 29, 30],
  load: async () => (await import('../commands/sync.ts')).syncCommand,
};
