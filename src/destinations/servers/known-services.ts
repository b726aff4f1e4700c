import type { ServerKind } from './profile.ts';

/** A product or service that the URL alone gives away: https, host and path by their documentation. */
export interface KnownService {
  readonly kind: ServerKind;
  readonly title: string;
  matches(url: URL): boolean;
  /** Address of the simple API. */
  simpleUrl(url: URL): URL;
  /** What is wrong with the URL as one to upload to, and the right one where that can be told. */
  problem?(url: URL): { readonly because: string; readonly instead?: string | undefined } | undefined;
}

/** `<url>/<child>/`, whether `url` ends in a slash or not. */
export function childUrl(url: URL, child: string): URL {
  return withPath(url, `${withoutSlash(url.pathname)}/${child}/`);
}

/** `url` with its last path segment replaced: `…/legacy/` -> `…/simple/`. */
export function siblingUrl(url: URL, sibling: string): URL {
  return withPath(url, `${withoutSlash(url.pathname).replace(/\/[^/]*$/, '')}/${sibling}/`);
}

/** Same origin, another path; no query. */
export function withPath(url: URL, path: string): URL {
  const result = new URL(url);
  result.pathname = path;
  result.search = '';
  result.hash = '';
  return result;
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

const pypiUpload = 'https://upload.pypi.org/legacy/';
const testPypiUpload = 'https://test.pypi.org/legacy/';

/** Hosts of PyPI by what they are for: only two of them take uploads. */
const pypiHosts: ReadonlyMap<string, string> = new Map([
  ['upload.pypi.org', pypiUpload],
  ['pypi.org', pypiUpload],
  ['www.pypi.org', pypiUpload],
  ['pypi.python.org', pypiUpload],
  ['upload.pypi.io', pypiUpload],
  ['files.pythonhosted.org', pypiUpload],
  ['test.pypi.org', testPypiUpload],
  ['testpypi.python.org', testPypiUpload],
]);

/** The URL is the one of the simple API, which is read from, where the upload URL is the part before. */
function simpleInstead(before: RegExp): (url: URL) => { readonly because: string; readonly instead: string } | undefined {
  return (url) => {
    const match = before.exec(url.pathname);
    if (match?.[1] === undefined) return undefined;
    return { because: 'it is the address of the simple API, which can only be read', instead: withPath(url, match[1]).href };
  };
}

export const knownServices: readonly KnownService[] = [
  {
    kind: 'pypi',
    title: 'PyPI',
    matches: (url) => pypiHosts.has(url.hostname),
    simpleUrl: (url) => new URL(url.hostname === 'test.pypi.org' ? 'https://test.pypi.org/simple/' : 'https://pypi.org/simple/'),
    problem: (url) => {
      const right = pypiHosts.get(url.hostname) ?? pypiUpload;
      return url.href === right ? undefined : { because: 'PyPI takes no uploads there', instead: right };
    },
  },
  {
    kind: 'generic',
    title: 'Azure Artifacts',
    matches: (url) => url.hostname === 'pkgs.dev.azure.com' || url.hostname.endsWith('.pkgs.visualstudio.com'),
    simpleUrl: (url) => siblingUrl(url, 'simple'),
    problem: (url) =>
      /\/pypi\/simple\/?$/.test(url.pathname)
        ? { because: 'it is the address of the simple API, which can only be read', instead: siblingUrl(url, 'upload').href }
        : undefined,
  },
  {
    kind: 'generic',
    title: 'AWS CodeArtifact',
    matches: (url) => /\.d\.codeartifact\.[^.]+\.amazonaws\.com$/.test(url.hostname),
    simpleUrl: (url) => childUrl(url, 'simple'),
    problem: simpleInstead(/^(\/pypi\/[^/]+\/)simple\/?$/),
  },
  {
    kind: 'generic',
    title: 'Google Artifact Registry',
    matches: (url) => url.hostname.endsWith('-python.pkg.dev'),
    simpleUrl: (url) => childUrl(url, 'simple'),
    problem: simpleInstead(/^(\/[^/]+\/[^/]+\/)simple\/?$/),
  },
  {
    kind: 'generic',
    title: 'Cloudsmith',
    matches: (url) => url.hostname === 'python.cloudsmith.io',
    simpleUrl: (url) => new URL(`https://dl.cloudsmith.io/basic${withoutSlash(url.pathname)}/python/simple/`),
  },
  {
    kind: 'generic',
    title: 'Artifactory',
    matches: (url) => /\/api\/pypi\/[^/]+/.test(url.pathname),
    simpleUrl: (url) => childUrl(url, 'simple'),
    problem: simpleInstead(/^(.*\/api\/pypi\/[^/]+)\/simple\/?$/),
  },
  {
    kind: 'generic',
    title: 'GitLab',
    matches: (url) => /\/api\/v4\/(?:projects|groups)\/[^/]+\/(?:-\/)?packages\/pypi/.test(url.pathname),
    simpleUrl: (url) => childUrl(url, 'simple'),
    problem: (url) =>
      /\/api\/v4\/groups\//.test(url.pathname)
        ? { because: 'GitLab takes uploads for projects only, not for groups' }
        : simpleInstead(/^(.*\/packages\/pypi)\/simple\/?$/)(url),
  },
  {
    kind: 'generic',
    title: 'Gitea or Forgejo',
    matches: (url) => /\/api\/packages\/[^/]+\/pypi/.test(url.pathname),
    simpleUrl: (url) => childUrl(url, 'simple'),
    problem: simpleInstead(/^(.*\/api\/packages\/[^/]+\/pypi)\/simple\/?$/),
  },
  {
    kind: 'generic',
    title: 'Nexus',
    matches: (url) => /^(?:\/[^/]+)?\/repository\/[^/]+/.test(url.pathname),
    simpleUrl: (url) => childUrl(url, 'simple'),
    problem: simpleInstead(/^(.*\/repository\/[^/]+\/)simple\/?$/),
  },
];

export function knownService(url: URL): KnownService | undefined {
  return knownServices.find((service) => service.matches(url));
}
