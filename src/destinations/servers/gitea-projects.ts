import type { HttpClient } from '../../http/http-client.ts';
import { isValidName, normalizeName, type PackageName } from '../../packaging/name.ts';
import { giteaApiUrl, giteaPackages } from './gitea-api.ts';

/**
 * Names of an owner's Python projects by the REST API of Gitea and Forgejo, as its simple API has no list of them. A name comes once per version.
 * @param uploadUrl `<base>/api/packages/<owner>/pypi`
 * @throws PkgsyncError UNSUPPORTED for another URL; as `giteaPackages`
 */
export async function* giteaProjects(uploadUrl: URL, http: HttpClient, signal?: AbortSignal): AsyncGenerator<PackageName> {
  for await (const packages of giteaPackages(giteaApiUrl(uploadUrl), http, { doing: 'list the projects', signal })) {
    yield* packages
      .map(({ name }) => name)
      .filter(isValidName)
      .map(normalizeName);
  }
}
