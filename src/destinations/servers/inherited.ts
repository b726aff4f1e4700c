import type { DistributionFile } from '../../packaging/distribution-file.ts';

/** Where PyPI keeps its files: an index whose page leads there passes them on. Any other host may be the storage of the index itself. */
const pypiFiles = 'files.pythonhosted.org';

/** `PyPI` for a file that lies at PyPI, undefined for every other (pure). */
export function fromPypi({ url }: Pick<DistributionFile, 'url'>): string | undefined {
  return URL.canParse(url) && new URL(url).hostname === pypiFiles ? 'PyPI' : undefined;
}

/**
 * Pulp with a remote lists what the remote has as links to itself that carry the address behind (`?redirect=`), as pulp_python writes them (pure).
 * @returns the host behind
 */
export function throughPulp({ url }: Pick<DistributionFile, 'url'>): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const redirect = new URL(url).searchParams.get('redirect');
  if (redirect === null) return fromPypi({ url });
  return URL.canParse(redirect) ? new URL(redirect).hostname : 'its remote';
}

/**
 * The index of devpi that a file is of, by its path (`/<user>/<index>/+f/…`, `+e` for what a mirror leaves where it is), unless it is `indexUrl` (pure).
 * @param indexUrl `<base>/<user>/<index>/`
 */
export function fromDevpiBase({ url }: Pick<DistributionFile, 'url'>, indexUrl: URL): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  const stage = stageOf(pathname.split('/'));
  if (stage === undefined) return fromPypi({ url }) ?? hostname;
  const own = indexUrl.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .slice(-2)
    .join('/');
  return stage === own ? undefined : stage;
}

function stageOf(segments: readonly string[]): string | undefined {
  const files = segments.findIndex((segment) => segment === '+f' || segment === '+e');
  return files < 2 ? undefined : segments.slice(files - 2, files).join('/');
}
