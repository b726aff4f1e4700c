import { genericTraits } from './generic.ts';
import type { Server } from './profile.ts';
import { childUrl, simpleInstead, withoutSlash, withPath } from './urls.ts';

/**
 * GitLab: the package registry of a project. A filename is unique within its version, so nothing is overwritten, and a removed one
 * stays taken until a job has cleaned up: a file cannot be replaced. Facts: its source.
 */
export const gitlab: Server = {
  kind: 'gitlab',
  title: 'GitLab',
  example: 'https://gitlab.example/api/v4/projects/12/packages/pypi',
  checked: 'documentation',
  matches: (url) => /\/api\/v4\/(?:projects|groups)\/[^/]+\/(?:-\/)?packages\/pypi(?:\/|$)/.test(url.pathname),
  // Documented without a slash.
  uploadUrl: (url) => (/\/packages\/pypi\/$/.test(url.pathname) ? withPath(url, withoutSlash(url.pathname)) : url),
  problem: (url) =>
    /\/api\/v4\/groups\//.test(url.pathname)
      ? { because: 'GitLab takes uploads for projects only, not for groups' }
      : simpleInstead(/^(.*\/packages\/pypi)\/simple\/?$/)(url),
  simpleUrl: (url) => childUrl(url, 'simple'),
  traits: {
    ...genericTraits,
    canRemove: true,
    cannotRemove: undefined,
    // It comes into being with its first file.
    register: 'not-needed',
    overwritesSilently: false,
  },
  profile: ({ url, http }) => ({
    kind: 'gitlab',
    title: 'GitLab',
    traits: gitlab.traits,
    refuses: () => undefined,
    remove: async (request) => {
      const { removeFromGitlab } = await import('./gitlab-removal.ts');
      return removeFromGitlab(url, http, request);
    },
  }),
  answers: [
    { status: 403, says: ['package protected'], verdict: 'FORBIDDEN', hint: 'a protection rule of the project covers this package' },
    {
      status: 404,
      verdict: 'REFUSED',
      hint: 'check the project in the URL; GitLab answers the same about one that the credentials may not see',
    },
  ],
};
