import { genericTraits } from './generic.ts';
import type { Server } from './profile.ts';
import { slashed, usualSimpleUrl, withoutSlash } from './urls.ts';

const uploadHost = 'python.cloudsmith.io';
const downloadHost = 'dl.cloudsmith.io';

/**
 * Cloudsmith: one repository, whose simple API is at another host; credentials are for one host, so a private repository needs simpleUrl. Whether a file
 * can be overwritten is a setting of the repository. Facts: its documentation; its answers and that address were not verified.
 */
export const cloudsmith: Server = {
  kind: 'cloudsmith',
  title: 'Cloudsmith',
  example: `https://${uploadHost}/owner/repo/`,
  checked: 'documentation',
  words: { overwrites: 'by a setting' },
  matches: (url) => url.hostname === uploadHost || url.hostname === downloadHost,
  uploadUrl: (url) => (url.hostname === uploadHost ? slashed(url) : url),
  problem: (url) => {
    if (url.hostname !== downloadHost) return undefined;
    const [, path] = /^\/(?:basic|public)\/([^/]+\/[^/]+)\/python(?:\/|$)/.exec(url.pathname) ?? [];
    return {
      because: 'packages are only read from there',
      instead: path === undefined ? undefined : `https://${uploadHost}/${path}/`,
    };
  },
  simpleUrl: (url) => {
    if (url.hostname === downloadHost) return url;
    if (url.hostname !== uploadHost) return usualSimpleUrl(url);
    return new URL(`https://${downloadHost}/basic${withoutSlash(url.pathname)}/python/simple/`);
  },
  traits: {
    ...genericTraits,
    sharedListing: 'a repository of Cloudsmith lists what its upstreams have, too',
    cannotRemove: 'Cloudsmith removes by an API at another host, where these credentials do not go: use that or its web interface',
  },
};
