import { genericTraits } from './generic.ts';
import type { Server } from './profile.ts';
import { childUrl, simpleInstead, slashed } from './urls.ts';

/** Google Artifact Registry: one Python repository. Facts: its documentation; that it never overwrites is not relied on. */
export const google: Server = {
  kind: 'google',
  title: 'Google Artifact Registry',
  example: 'https://europe-python.pkg.dev/project/repo/',
  checked: 'documentation',
  words: { overwrites: 'no, by its documentation' },
  matches: (url) => url.hostname.endsWith('-python.pkg.dev'),
  uploadUrl: (url) => (/^\/[^/]+\/[^/]+$/.test(url.pathname) ? slashed(url) : url),
  problem: simpleInstead(/^(\/[^/]+\/[^/]+\/)simple\/?$/),
  simpleUrl: (url) => childUrl(url, 'simple'),
  traits: {
    ...genericTraits,
    sharedListing: 'a virtual repository of Artifact Registry lists what its upstream repositories have, too',
    cannotRemove: 'Artifact Registry removes by an API at another host, where these credentials do not go: use its console or gcloud',
  },
  answers: [
    {
      status: 401,
      verdict: 'UNAUTHORIZED',
      hint: 'the user is oauth2accesstoken with an access token as password, or _json_key_base64 with a key',
    },
  ],
};
