import type { Credential } from '../http/credential.ts';
import type { OriginCredential } from './credentials.ts';
import type { CredentialDecision, CredentialSource, CredentialUse } from './decide.ts';
import { askCommand, askKeyring } from './helper.ts';
import { credentialHelper, type CredentialHelper } from './renewal.ts';
import type { HelperContext } from './run-helper.ts';

/** The credentials that a decision stands for. Helpers are run when the first request needs them; URLs that share one ask once. */
export function lendCredentials({ uses }: Pick<CredentialDecision, 'uses'>, context: HelperContext): readonly OriginCredential[] {
  const known = new Map<CredentialSource, Credential | CredentialHelper>();
  return uses.map((use) => {
    const credential = known.get(use.source) ?? lend(use, context);
    known.set(use.source, credential);
    return { url: use.url, credential };
  });
}

function lend({ url, source, from }: CredentialUse, context: HelperContext): Credential | CredentialHelper {
  switch (source.kind) {
    case 'ready':
      return source.credential;
    case 'command':
      return credentialHelper(async () => ({
        ...(await askCommand(source.command, { url: String(url), username: source.username }, context)),
        from,
      }));
    case 'keyring':
      return credentialHelper(async () => ({
        ...(await askKeyring(source.service, { url: String(url), username: source.username }, context)),
        from,
      }));
  }
}
