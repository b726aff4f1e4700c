import { printable } from '../../errors.ts';
import type { FileFacts } from '../../packaging/distribution-file.ts';
import { genericTraits } from './generic.ts';
import { throughPulp } from './inherited.ts';
import type { Server } from './profile.ts';
import { formWithoutFile } from './probe-write.ts';
import { usualSimpleUrl } from './urls.ts';

/**
 * Pulp with pulp_python: one distribution. Uploads are queued (202) and become visible when their task has ended. Two uploads of one name at a time can
 * replace each other, whatever the listing said before. Facts: pulp_python 3.36 with pulpcore 3.123.
 */
export const pulp: Server = {
  kind: 'pulp',
  title: 'Pulp',
  example: 'https://pulp.example/pypi/main/legacy/',
  checked: 'product',
  words: { overwrites: 'in a race' },
  matches: (url) => /\/pypi\/(?:[^/]+\/)+legacy\/?$/.test(url.pathname),
  // Sent on every page of its simple API, and always the same: others send the serial of a project there.
  recognises: ({ headers }) => (headers['x-pypi-last-serial'] === '1000000000' ? {} : undefined),
  simpleUrl: usualSimpleUrl,
  traits: {
    ...genericTraits,
    canRemove: true,
    cannotRemove: undefined,
    // It comes into being with its first file.
    register: 'not-needed',
    carries: new Set(['requires-python', 'core-metadata']),
    digests: ['sha256'],
    listingDelay: 60_000,
  },
  // Access policies come before the form, which cannot do without a file.
  probeWrite: formWithoutFile([[':action', 'file_upload']]),
  profile: ({ url, http }) => ({
    kind: 'pulp',
    title: 'Pulp',
    traits: pulp.traits,
    answers: pulp.answers,
    refuses: refusesFile,
    inheritedFrom: throughPulp,
    form: (fields) => fields.filter(([field, value]) => isKnown(field, value)),
    remove: async (request) => {
      const { removeFromPulp } = await import('./pulp-removal.ts');
      return removeFromPulp(url, http, request);
    },
    queued: async (body, signal) => {
      const { taskOutcome } = await import('./pulp-task.ts');
      return taskOutcome({ url, body, http, signal });
    },
  }),
  answers: [
    {
      status: 403,
      says: ['index is not allowing uploads'],
      verdict: 'FORBIDDEN',
      hint: 'the distribution has allow_uploads set to false',
    },
    {
      status: 400,
      says: ['index is not pointing to a repository'],
      verdict: 'REFUSED',
      hint: 'give the distribution a repository: what serves a publication or a remote takes no uploads',
    },
  ],
};

/** It takes `.exe` into its queue, too, and fails to read every one of them. */
const extensions: readonly string[] = ['.whl', '.egg', '.tar.bz2', '.tar.gz', '.zip'];

function refusesFile(file: FileFacts): string | undefined {
  const known = extensions.some((extension) => file.filename.endsWith(extension));
  return known ? undefined : `Pulp does not take this kind of file: ${printable(file.filename)}`;
}

const metadataVersions: ReadonlySet<string> = new Set(['1.0', '1.1', '1.2', '2.0', '2.1', '2.2', '2.3', '2.4']);
const filetypes: ReadonlySet<string> = new Set(['sdist', 'bdist_wheel']);

/** Values that it does not know are answered with 400, where it needs none at all: it reads the file itself. */
function isKnown(field: string, value: string): boolean {
  if (field === 'metadata_version') return metadataVersions.has(value);
  return field !== 'filetype' || filetypes.has(value);
}
