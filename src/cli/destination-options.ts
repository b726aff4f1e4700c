import { serverKinds } from '../destinations/servers/profile.ts';
import type { Flag } from './flag.ts';
import { keyringOption } from './source-options.ts';
import { clientCertificateOptions } from './tls-options.ts';
import { trustedPublishingChoices } from './upload-target.ts';

/** Where to, and as whom: for commands that write to one index without a manifest. twine's names are aliases. */
export const destinationOptions = {
  'destination-url': {
    alias: 'repository-url',
    type: 'string',
    describe: 'The upload URL, or a folder that is an index on disk; leaves .pypirc out',
    value: 'URL',
    requiresArg: true,
  },
  repository: { alias: 'r', type: 'string', describe: 'The repository of that name in .pypirc (pypi)', value: 'NAME', requiresArg: true },
  'destination-username': {
    alias: ['u', 'username'],
    type: 'string',
    describe: 'User (__token__ for an API token)',
    value: 'NAME',
    requiresArg: true,
  },
  'destination-password': {
    alias: ['p', 'password'],
    type: 'string',
    describe: 'Password or API token; better as PKGSYNC_DESTINATION_PASSWORD or TWINE_PASSWORD',
    value: 'SECRET',
    requiresArg: true,
  },
  ...clientCertificateOptions,
  'config-file': { type: 'string', describe: 'The .pypirc (~/.pypirc)', value: 'FILE', requiresArg: true },
  server: {
    choices: ['auto', ...serverKinds],
    default: 'auto',
    describe: 'What takes the uploads; found out where it is not given',
    value: 'KIND',
    requiresArg: true,
  },
  'simple-url': { type: 'string', describe: 'Its simple API, where that is not at the usual place', value: 'URL', requiresArg: true },
  'keyring-provider': keyringOption,
  'trusted-publishing': {
    choices: trustedPublishingChoices,
    default: 'automatic',
    describe: 'Upload with a token for the identity of this CI job: on PyPI where there are no other credentials, always, or never',
    value: 'WHEN',
    requiresArg: true,
  },
  'non-interactive': { type: 'boolean', describe: 'Never ask for a password' },
} as const satisfies Record<string, Flag>;
