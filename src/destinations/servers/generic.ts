import type { CarriedFact } from '../destination.ts';
import type { ServerProfile } from './profile.ts';

/**
 * Any server that speaks the upload API (Nexus, Artifactory, GitLab, Gitea, Pulp, cloud registries, unknown ones). Nothing is taken for granted:
 * it may overwrite without a word, so that every upload is preceded by a look at its listing.
 * @param title what the server seems to be, for people
 */
export function genericProfile(title = 'unknown kind of server'): ServerProfile {
  return {
    kind: 'generic',
    title,
    traits: {
      canRemove: false,
      cannotRemove: 'the upload API has no removal, and servers of this kind each have their own',
      canReplace: false,
      canUpdate: false,
      register: 'unsupported',
      carries: new Set<CarriedFact>(['requires-python']),
      overwritesSilently: true,
      digests: [],
    },
    refuses: () => undefined,
  };
}
