import { artifactory } from './artifactory.ts';
import { azure } from './azure.ts';
import { cloudsmith } from './cloudsmith.ts';
import { codeartifact } from './codeartifact.ts';
import { devpi } from './devpi.ts';
import { generic } from './generic.ts';
import { gitea } from './gitea.ts';
import { gitlab } from './gitlab.ts';
import { google } from './google.ts';
import { nexus } from './nexus.ts';
import type { Server, ServerKind } from './profile.ts';
import { pulp } from './pulp.ts';
import { pypi } from './pypi.ts';
import { pypiserver } from './pypiserver.ts';

/** Every kind of server, in the order in which they are asked whether a URL or an answer is theirs: hosts before paths, the more telling paths first. */
export const servers: Readonly<Record<ServerKind, Server>> = {
  pypi,
  azure,
  codeartifact,
  google,
  cloudsmith,
  artifactory,
  gitlab,
  gitea,
  nexus,
  pulp,
  devpi,
  pypiserver,
  generic,
};

/** The kind that a URL alone gives away (pure). */
export function serverByUrl(url: URL): Server | undefined {
  return Object.values(servers).find((server) => server.matches?.(url) === true);
}
