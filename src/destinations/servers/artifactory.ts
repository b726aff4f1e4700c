import { genericTraits } from './generic.ts';
import type { Server } from './profile.ts';
import { childUrl, simpleInstead } from './urls.ts';

/**
 * JFrog Artifactory: a local PyPI repository. Whoever may delete there overwrites without a word, and who may not is answered 403, or 404 where it hides
 * what one may not touch; the index is computed some time after the upload. Facts: its documentation and reports of its answers.
 */
export const artifactory: Server = {
  kind: 'artifactory',
  title: 'Artifactory',
  example: 'https://artifactory.example/artifactory/api/pypi/pypi-local',
  checked: 'documentation',
  words: { replace: 'with the right to delete', overwrites: 'with the right to delete' },
  matches: (url) => /\/api\/pypi\/[^/]+/.test(url.pathname),
  recognises: ({ headers }) => (headers['x-jfrog-version'] === undefined && headers['x-artifactory-id'] === undefined ? undefined : {}),
  problem: simpleInstead(/^(.*\/api\/pypi\/[^/]+)\/simple\/?$/),
  simpleUrl: (url) => childUrl(url, 'simple'),
  traits: {
    ...genericTraits,
    canRemove: true,
    cannotRemove: undefined,
    // By an upload; without the right to delete it is refused, and the old file stays.
    canReplace: true,
    listingDelay: 60_000,
  },
  profile: ({ url, http }) => ({
    kind: 'artifactory',
    title: 'Artifactory',
    traits: artifactory.traits,
    refuses: () => undefined,
    remove: async (request) => {
      const { removeFromArtifactory } = await import('./artifactory-removal.ts');
      return removeFromArtifactory(url, http, request);
    },
  }),
  answers: [
    // Said of overwriting what exists without the right to: only the listing can say whether that is what happened.
    { status: 403, says: ['overwrite artifact', 'delete/overwrite', 'overwrite all artifacts'], verdict: 'unclear' },
    { status: 404, says: ['could not locate artifact'], verdict: 'unclear' },
    { status: 404, verdict: 'REFUSED', hint: 'check the name of the repository; Artifactory may also hide one that the user may not see' },
  ],
};
