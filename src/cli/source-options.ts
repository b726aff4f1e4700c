import { PkgsyncError, printable } from '../errors.ts';
import type { ListOptions } from '../library/repository.ts';
import type { TargetInput } from '../packaging/target.ts';
import type { Flag } from './flag.ts';
import { keyringProviders, type KeyringProvider } from './one-shot.ts';
import { clientCertificateOptions, type ClientCertificateFlags } from './tls-options.ts';

/** As pip's flag of that name; uv has it, too. */
export const keyringOption = {
  choices: keyringProviders,
  default: 'disabled',
  describe: 'Ask the keyring command for the password of a user that is given: disabled or subprocess',
  value: 'WHICH',
  requiresArg: true,
} as const satisfies Flag;

/** Which files, and from where: for commands that read one index without a manifest. */
export const sourceOptions = {
  'source-url': {
    alias: 'source',
    type: 'string',
    default: 'https://pypi.org/simple/',
    describe: 'The index: URL of its simple API or root, or a folder',
    value: 'URL',
    requiresArg: true,
  },
  'source-username': { type: 'string', describe: 'User at the index (__token__ for an API token)', value: 'NAME', requiresArg: true },
  'source-password': {
    type: 'string',
    describe: 'Password at the index; better as PKGSYNC_SOURCE_PASSWORD',
    value: 'SECRET',
    requiresArg: true,
  },
  'keyring-provider': keyringOption,
  ...clientCertificateOptions,
  exclude: { type: 'array', string: true, describe: "Not these versions: 'celery==5.0' or '==5.0'", value: 'SPEC', requiresArg: true },
  latest: { type: 'number', describe: 'Only the newest N versions', value: 'N', requiresArg: true },
  target: {
    type: 'array',
    string: true,
    describe: 'Only what serves this installer: 3.12:manylinux_2_28_x86_64',
    value: 'TARGET',
    requiresArg: true,
  },
  pre: { type: 'boolean', describe: 'Pre-releases as well' },
  yanked: { type: 'boolean', describe: 'Yanked files as well' },
} as const satisfies Record<string, Flag>;

export interface SourceFlags extends ClientCertificateFlags {
  readonly sourceUrl: string;
  readonly sourceUsername?: string | undefined;
  readonly sourcePassword?: string | undefined;
  readonly keyringProvider?: KeyringProvider | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly latest?: number | undefined;
  readonly target?: readonly string[] | undefined;
  readonly pre?: boolean | undefined;
  readonly yanked?: boolean | undefined;
}

/** What the flags select. @throws PkgsyncError USAGE */
export function listOptions(flags: SourceFlags, signal: AbortSignal): ListOptions {
  return {
    exclude: flags.exclude,
    latest: flags.latest,
    targets: (flags.target ?? []).map(parseTargetFlag),
    prereleases: flags.pre === true ? true : undefined,
    yanked: flags.yanked === true ? 'include' : undefined,
    signal,
  };
}

function parseTargetFlag(text: string): TargetInput {
  const [, python, platform] = /^([0-9.]+)[:-](.+)$/.exec(text) ?? [];
  if (python !== undefined && platform !== undefined) return { python, platform };
  throw new PkgsyncError('USAGE', `--target ${printable(text)}: expected a Python version and a platform`, {
    hint: 'for example 3.12:manylinux_2_28_x86_64 or 3.12:win_amd64',
  });
}
