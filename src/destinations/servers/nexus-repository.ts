import { PkgsyncError, redactUrl } from '../../errors.ts';
import { decodedSegment } from './urls.ts';

/**
 * Path of the server and name of the repository in `<base>/repository/<repository>/`.
 * @throws PkgsyncError UNSUPPORTED for another URL
 */
export function nexusRepository(uploadUrl: URL): { readonly base: string; readonly repository: string } {
  const [, base, repository] = /^(.*?)\/repository\/([^/]+)\/?$/.exec(uploadUrl.pathname) ?? [];
  if (base !== undefined && repository !== undefined) return { base, repository: decodedSegment(repository) };
  throw new PkgsyncError('UNSUPPORTED', `${redactUrl(uploadUrl)} is no address of a repository of Nexus: its API cannot be asked`, {
    hint: 'configure <base>/repository/<repository>/',
  });
}
