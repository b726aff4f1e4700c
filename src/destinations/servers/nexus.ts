import { genericTraits } from './generic.ts';
import type { Server } from './profile.ts';
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
  profile: ({ url, http }) => ({
    kind: 'nexus',
    title: 'Nexus',
    traits: nexus.traits,
    refuses: () => undefined,
    // Whether an upload overwrites is not known, and a removal works under every policy but the read-only one.
    replaces: 'by-removal',
    remove: async (request) => {
      const { removeFromNexus } = await import('./nexus-removal.ts');
      return removeFromNexus(url, http, request);
    },
  }),
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
