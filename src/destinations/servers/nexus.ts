import type { HttpClient } from '../../http/http-client.ts';
import { genericTraits } from './generic.ts';
import { nexusRepository } from './nexus-repository.ts';
import type { Server } from './profile.ts';
import { askRepositoryType, refuseRepository } from './repository-type.ts';
import { childUrl, simpleInstead, slashed } from './urls.ts';

const repositoryPath = /^(?:\/[^/]+)?\/repository\/[^/]+/;

/**
 * Sonatype Nexus Repository 3: a hosted PyPI repository. Whether it overwrites is its deployment policy, which an upload cannot see. Facts: the source of
 * its PyPI format (last published 2021); the digests that newer releases list are not known for sure, older ones list md5.
 */
export const nexus: Server = {
  kind: 'nexus',
  title: 'Nexus',
  example: 'https://nexus.example/repository/pypi-hosted/',
  checked: 'documentation',
  words: { replace: 'removes first', overwrites: 'with "Allow redeploy"' },
  matches: (url) => repositoryPath.test(url.pathname),
  recognises: ({ headers }) => (headers['server']?.startsWith('Nexus/') === true ? {} : undefined),
  // Uploads are routed to the very root of the repository.
  uploadUrl: (url) => (/\/repository\/[^/]+$/.test(url.pathname) ? slashed(url) : url),
  problem: simpleInstead(/^(.*\/repository\/[^/]+\/)simple\/?$/),
  simpleUrl: (url) => childUrl(url, 'simple'),
  traits: {
    ...genericTraits,
    canRemove: true,
    cannotRemove: undefined,
    canReplace: true,
  },
  profile: async ({ url, http, signal }) => {
    const type = await repositoryType(url, http, signal);
    return {
      kind: 'nexus',
      title: type === undefined ? 'Nexus' : `Nexus, ${type} repository`,
      traits: type === undefined ? { ...nexus.traits, sharedListing } : nexus.traits,
      refuses: () => undefined,
      // Whether an upload overwrites is not known, and a removal works under every policy but the read-only one.
      replaces: 'by-removal',
      remove: async (request) => {
        const { removeFromNexus } = await import('./nexus-removal.ts');
        return removeFromNexus(url, http, request);
      },
    };
  },
  answers: [
    {
      status: 400,
      says: ['is read-only'],
      verdict: 'REFUSED',
      hint: 'the deployment policy of the repository is "Read-only"; the right one is "Disable redeploy"',
    },
    { status: 503, says: ['read-only mode'], verdict: 'REFUSED', hint: 'wait until its administrator has ended the read-only mode' },
    { status: 404, verdict: 'REFUSED', hint: 'only hosted repositories take uploads, no groups and no proxies: check the name in the URL' },
    { status: 405, verdict: 'REFUSED', hint: 'only hosted repositories take uploads, no groups and no proxies: configure a hosted one' },
  ],
};

const sharedListing = 'whether this is a hosted repository or a group, which lists what its members have, could not be asked';

/**
 * `hosted`, or undefined where the user may not ask: https://help.sonatype.com/en/repositories-api.html.
 * @throws PkgsyncError USAGE for a group or a proxy, and for another format
 */
async function repositoryType(url: URL, http: HttpClient, signal: AbortSignal | undefined): Promise<string | undefined> {
  if (!repositoryPath.test(url.pathname)) return undefined;
  const { base, repository } = nexusRepository(url);
  const asked = new URL(`${base}/service/rest/v1/repositories/${encodeURIComponent(repository)}`, url);
  const { type, format } = await askRepositoryType(http, asked, { type: 'type', format: 'format' }, signal);
  if (type === 'group' || type === 'proxy')
    refuseRepository(url, `a ${type} repository of Nexus`, 'configure the hosted repository, also where it is a member of a group');
  if (type !== undefined && format !== undefined && format !== 'pypi')
    refuseRepository(url, `a repository of Nexus for ${format}`, 'configure a hosted repository of the format pypi');
  return type;
}
