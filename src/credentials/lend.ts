import { PkgsyncError } from '../errors.ts';
import type { Credential } from '../http/credential.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { OriginCredential } from './credentials.ts';
import type { CredentialDecision, CredentialSource, CredentialUse } from './decide.ts';
import { askCommand, askKeyring } from './helper.ts';
import { credentialHelper, type CredentialHelper } from './renewal.ts';
import type { HelperContext } from './run-helper.ts';
import { mintToken } from './trusted-publishing.ts';

export interface LendContext extends HelperContext {
  /** A client without credentials, for trusted publishing; asked for when it is needed. */
  readonly anonymousHttp?: (() => HttpClient) | undefined;
  /** Milliseconds since the epoch; the system's clock unless given. */
  readonly now?: (() => number) | undefined;
}

/** The credentials that a decision stands for. Helpers are run when the first request needs them; URLs that share one ask once. */
export function lendCredentials({ uses }: Pick<CredentialDecision, 'uses'>, context: LendContext): readonly OriginCredential[] {
  const known = new Map<CredentialSource, Credential | CredentialHelper>();
  return uses.map((use) => {
    const credential = known.get(use.source) ?? lend(use, context);
    known.set(use.source, credential);
    return { url: use.url, credential, writesOnly: use.writesOnly };
  });
}

function lend({ url, source, from }: CredentialUse, context: LendContext): Credential | CredentialHelper {
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
    case 'trusted-publishing': {
      const { anonymousHttp, environment, signal, now = Date.now } = context;
      return credentialHelper(
        async () => {
          if (anonymousHttp === undefined) throw new PkgsyncError('INTERNAL', 'trusted publishing has no client');
          return await mintToken(new URL(url), source, { environment, http: anonymousHttp(), signal, now });
        },
        { now },
      );
    }
  }
}
