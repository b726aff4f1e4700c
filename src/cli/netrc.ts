import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadNetrc, type Netrc } from '../credentials/netrc.ts';
import { isPkgsyncError } from '../errors.ts';
import type { Session } from './session.ts';

const known = new WeakMap<object, Promise<Netrc | undefined>>();

/**
 * The file that the variable NETRC names, else `.netrc` or `_netrc` in the home folder; read once. One that cannot be read is told of and not
 * used: most runs need nothing of it.
 */
export function sessionNetrc(session: Pick<Session, 'environment' | 'console'>): Promise<Netrc | undefined> {
  const { environment } = session;
  const loaded = known.get(environment) ?? load(session);
  known.set(environment, loaded);
  return loaded;
}

async function load({ environment, console }: Pick<Session, 'environment' | 'console'>): Promise<Netrc | undefined> {
  const named = environment['NETRC'] ?? '';
  const home = environment['HOME'] ?? homedir();
  for (const path of named === '' ? [join(home, '.netrc'), join(home, '_netrc')] : [named]) {
    try {
      const netrc = await loadNetrc(path);
      if (netrc !== undefined) return netrc;
    } catch (error) {
      if (!isPkgsyncError(error)) throw error;
      console.note(`warning: ${error.message}; this file is not used`);
      return undefined;
    }
  }
  return undefined;
}
