import type { HttpClient } from '../../http/http-client.ts';
import { artifactoryRepository } from './artifactory-repository.ts';
import { genericTraits } from './generic.ts';
import type { Server } from './profile.ts';
import { askRepositoryType, refuseRepository } from './repository-type.ts';
import { childUrl, simpleInstead } from './urls.ts';

const repositoryPath = /\/api\/pypi\/[^/]+\/?$/;

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
  profile: async ({ url, http, signal }) => {
    const type = await repositoryType(url, http, signal);
    return {
      kind: 'artifactory',
      title: type === undefined ? 'Artifactory' : `Artifactory, ${type} repository`,
      traits: type === undefined ? { ...artifactory.traits, sharedListing } : artifactory.traits,
      refuses: () => undefined,
      remove: async (request) => {
        const { removeFromArtifactory } = await import('./artifactory-removal.ts');
        return removeFromArtifactory(url, http, request);
      },
    };
  },
  answers: [
    // Said of overwriting what exists without the right to: only the listing can say whether that is what happened.
    { status: 403, says: ['overwrite artifact', 'delete/overwrite', 'overwrite all artifacts'], verdict: 'unclear' },
    { status: 404, says: ['could not locate artifact'], verdict: 'unclear' },
    { status: 404, verdict: 'REFUSED', hint: 'check the name of the repository; Artifactory may also hide one that the user may not see' },
  ],
};

const sharedListing = 'whether this is a local repository or a virtual one, which lists what others have, could not be asked';

/**
 * `local` or `federated`, or undefined where the user may not ask: https://jfrog.com/help/r/jfrog-rest-apis/get-repository-configuration.
 * @throws PkgsyncError USAGE for a virtual or a remote one, and for another type of package
 */
async function repositoryType(url: URL, http: HttpClient, signal: AbortSignal | undefined): Promise<string | undefined> {
  if (!repositoryPath.test(url.pathname)) return undefined;
  const { base, segment } = artifactoryRepository(url);
  const asked = new URL(`${base}/api/repositories/${segment}`, url);
  const { type, format } = await askRepositoryType(http, asked, { type: 'rclass', format: 'packageType' }, signal);
  if (type === 'virtual' || type === 'remote')
    refuseRepository(url, `a ${type} repository of Artifactory`, 'configure the local repository, also where a virtual one includes it');
  if (type !== undefined && format !== undefined && format !== 'pypi')
    refuseRepository(url, `a repository of Artifactory for ${format}`, 'configure a local repository of the type PyPI');
  return type;
}
