import { PkgsyncError, redactUrl } from '../../errors.ts';
import { decodedSegment } from './urls.ts';

export interface ArtifactoryRepository {
  /** Path of the server: `/artifactory`. */
  readonly base: string;
  /** Its key. */
  readonly repository: string;
  /** The key as it stands in URLs. */
  readonly segment: string;
}

/** What `<base>/api/pypi/<repository>` names. @throws PkgsyncError UNSUPPORTED for another URL */
export function artifactoryRepository(uploadUrl: URL): ArtifactoryRepository {
  const [, base, segment] = /^(.*?)\/api\/pypi\/([^/]+)\/?$/.exec(uploadUrl.pathname) ?? [];
  if (base !== undefined && segment !== undefined) {
    return { base, segment, repository: decodedSegment(segment) };
  }
  throw new PkgsyncError('UNSUPPORTED', `${redactUrl(uploadUrl)} is no address of a repository of Artifactory: its API cannot be asked`, {
    hint: 'configure <base>/api/pypi/<repository>',
  });
}
