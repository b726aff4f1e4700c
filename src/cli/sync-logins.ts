import { oneShotLogin, type Login } from './one-shot.ts';
import type { Session } from './session.ts';
import type { SyncFlags } from './sync-arguments.ts';

/** Who goes to either end of a sync. @throws PkgsyncError as `oneShotLogin` */
export async function syncLogins(
  session: Pick<Session, 'console' | 'signal' | 'environment'>,
  flags: Pick<
    SyncFlags,
    'sourceUrl' | 'sourceUsername' | 'sourcePassword' | 'destinationUrl' | 'destinationUsername' | 'destinationPassword' | 'keyringProvider'
  >,
): Promise<{ readonly source: Login; readonly destination: Login }> {
  const { keyringProvider } = flags;
  const { sourceUrl, sourceUsername, sourcePassword, destinationUrl, destinationUsername, destinationPassword } = flags;
  const source = await oneShotLogin(
    { url: sourceUrl, end: 'source', username: sourceUsername, password: sourcePassword, keyringProvider },
    session,
  );
  const destination = await oneShotLogin(
    { url: destinationUrl, end: 'destination', username: destinationUsername, password: destinationPassword, keyringProvider },
    session,
  );
  return { source, destination };
}
