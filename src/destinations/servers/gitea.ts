import { canonicalVersion } from '../../packaging/version.ts';
import { genericTraits } from './generic.ts';
import { giteaProjects } from './gitea-projects.ts';
import type { Server } from './profile.ts';
import { formWithoutFile } from './probe-write.ts';
import { childUrl, simpleInstead } from './urls.ts';

/** Gitea and Forgejo: the packages of a user or an organisation. Nothing is overwritten; the digest is checked. Facts: their source. */
export const gitea: Server = {
  kind: 'gitea',
  title: 'Gitea or Forgejo',
  example: 'https://gitea.example/api/packages/owner/pypi',
  checked: 'documentation',
  words: { remove: 'versions' },
  matches: (url) => /\/api\/packages\/[^/]+\/pypi(?:\/|$)/.test(url.pathname),
  problem: simpleInstead(/^(.*\/api\/packages\/[^/]+\/pypi)\/simple\/?$/),
  simpleUrl: (url) => childUrl(url, 'simple'),
  traits: {
    ...genericTraits,
    canRemove: true,
    cannotRemove: undefined,
    // It comes into being with its first file.
    register: 'not-needed',
    overwritesSilently: false,
    digests: ['sha256'],
  },
  // The route asks for the right to write before anything is read.
  probeWrite: formWithoutFile([[':action', 'file_upload']]),
  profile: ({ url, http }) => ({
    kind: 'gitea',
    title: 'Gitea or Forgejo',
    traits: gitea.traits,
    refuses: () => undefined,
    projects: (signal) => giteaProjects(url, http, signal),
    // It removes versions; those that are spelled differently count as one here, so that too little goes rather than too much.
    removalKeys: ({ version }) => (version === undefined ? [] : [canonicalVersion(version)]),
    remove: async (request) => {
      const { removeFromGitea } = await import('./gitea-removal.ts');
      return removeFromGitea(url, http, request);
    },
  }),
  answers: [
    { status: 400, says: ['hash mismatch'], verdict: 'REFUSED', hint: 'the bytes that arrived are not those that were sent: try again' },
    {
      status: 403,
      verdict: 'FORBIDDEN',
      hint: 'a token needs the scope write:package; a quota that is used up is answered like this, too',
    },
  ],
};
