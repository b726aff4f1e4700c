import { genericTraits } from './generic.ts';
import type { Server } from './profile.ts';
import { readOnly, siblingUrl } from './urls.ts';

/**
 * Azure Artifacts: one feed, whose simple API is beside the upload URL. It has answered 503 to files that it had stored. Facts: its documentation and
 * reports of its answers; that it never overwrites is not relied on.
 */
export const azure: Server = {
  kind: 'azure',
  title: 'Azure Artifacts',
  example: 'https://pkgs.dev.azure.com/org/_packaging/feed/pypi/upload/',
  checked: 'documentation',
  words: { overwrites: 'no, by its documentation' },
  matches: (url) => url.hostname === 'pkgs.dev.azure.com' || url.hostname.endsWith('.pkgs.visualstudio.com'),
  problem: (url) => (/\/pypi\/simple\/?$/.test(url.pathname) ? readOnly(siblingUrl(url, 'upload')) : undefined),
  simpleUrl: (url) => siblingUrl(url, 'simple'),
  traits: {
    ...genericTraits,
    sharedListing: 'a feed of Azure Artifacts lists what it took from its upstream sources, too',
    cannotRemove:
      'Azure Artifacts removes only whole versions, in its web interface or by an API at another host; a removed filename stays taken',
    listingDelay: 60_000,
  },
  answers: [
    {
      status: 401,
      verdict: 'UNAUTHORIZED',
      hint: 'the password is a personal access token with the scope Packaging (read and write); any user name will do',
    },
  ],
};
