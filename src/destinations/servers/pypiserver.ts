import { printable } from '../../errors.ts';
import type { FileFacts } from '../../packaging/distribution-file.ts';
import { canonicalVersion } from '../../packaging/version.ts';
import type { RemovalKeys } from '../destination.ts';
import { guessRelease } from './pypiserver-names.ts';
import type { Server } from './profile.ts';
import { formWithoutFile } from './probe-write.ts';
import { childUrl } from './urls.ts';

/** pypiserver. It reads nothing but filenames, compares no digest, lists in HTML with sha256 unless told otherwise, and overwrites with `--overwrite`. */
export const pypiserver: Server = {
  kind: 'pypiserver',
  title: 'pypiserver',
  example: 'https://pypiserver.example/',
  checked: 'product',
  words: { remove: 'versions' },
  recognises: ({ body }) => (body.includes('Welcome to pypiserver!') ? {} : undefined),
  simpleUrl: (url) => childUrl(url, 'simple'),
  traits: {
    canRemove: true,
    canReplace: false,
    canUpdate: false,
    // `:action=submit` is answered with 200 and ignored.
    register: 'not-needed',
    carries: new Set(),
    overwritesSilently: true,
    digests: [],
  },
  // Without an action there is nothing to do for those who may.
  probeWrite: formWithoutFile([['protocol_version', '1']]),
  profile: ({ url, http }) => ({
    kind: 'pypiserver',
    title: 'pypiserver',
    traits: pypiserver.traits,
    // Its own server answers one request at a time and lets six wait; what comes on top is dropped and tried again by the system after one second, or
    // three. The one it takes where that is installed (waitress) has four threads.
    connections: 6,
    refuses: refusesFile,
    removalKeys,
    remove: async (request) => {
      const { removeFromPypiserver } = await import('./pypiserver-removal.ts');
      return removeFromPypiserver(url, http, request);
    },
  }),
};

/** It removes what has the same name and version in its own eyes; that a release goes only as a whole is our part. */
function removalKeys({ filename, version }: Parameters<RemovalKeys>[0]): readonly string[] {
  const guessed = guessRelease(filename);
  const keys = version === undefined ? [] : [`release ${canonicalVersion(version)}`];
  return guessed === undefined ? keys : [...keys, `guessed ${guessed.name} ${guessed.version}`];
}

const extensions: readonly string[] = ['.whl', '.tar.gz', '.zip', '.tgz', '.tar.bz2', '.tar.xz', '.egg'];
/** The ends of installers that it knows; others it answers with "Bad filename". */
const installer = /\.win(?:32|-amd64)-py[23]\.\d\.exe$/i;

function refusesFile(file: FileFacts): string | undefined {
  const lower = file.filename.toLowerCase();
  if (!/^[a-z0-9_.!+-]+$/.test(lower)) return `pypiserver takes no such characters in a filename: ${printable(file.filename)}`;
  // It looks for `.whl` in lower case only.
  const known = file.filename.endsWith('.whl') || extensions.some((extension) => extension !== '.whl' && lower.endsWith(extension));
  return known || installer.test(lower) ? undefined : `pypiserver does not know this kind of file: ${printable(file.filename)}`;
}
