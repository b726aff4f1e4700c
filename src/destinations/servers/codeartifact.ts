import { genericTraits } from './generic.ts';
import type { Server } from './profile.ts';
import { childUrl, simpleInstead, slashed } from './urls.ts';

/** AWS CodeArtifact: one repository. Facts: its documentation; that it never overwrites is not relied on. */
export const codeartifact: Server = {
  kind: 'codeartifact',
  title: 'AWS CodeArtifact',
  example: 'https://domain-111122223333.d.codeartifact.eu-west-1.amazonaws.com/pypi/repo/',
  checked: 'documentation',
  words: { overwrites: 'no, by its documentation' },
  matches: (url) => /\.d\.codeartifact\.[^.]+\.amazonaws\.com$/.test(url.hostname),
  uploadUrl: (url) => (/^\/pypi\/[^/]+$/.test(url.pathname) ? slashed(url) : url),
  problem: simpleInstead(/^(\/pypi\/[^/]+\/)simple\/?$/),
  simpleUrl: (url) => childUrl(url, 'simple'),
  traits: {
    ...genericTraits,
    sharedListing: 'a repository of CodeArtifact lists what its upstream repositories have, too',
    cannotRemove: 'CodeArtifact removes only whole versions, through the AWS API, whose requests need AWS keys instead of its token',
    listingDelay: 60_000,
  },
  answers: [
    {
      status: 401,
      verdict: 'UNAUTHORIZED',
      hint: 'the user is aws, the password an authorization token of CodeArtifact, which lasts twelve hours at most',
    },
  ],
};
