import { PkgsyncError, redactUrl } from '../errors.ts';
import type { HttpClient } from './http-client.ts';

/** For `--offline`: every request fails before a connection is opened. */
export function offlineClient(): HttpClient {
  const refuse = (url: string | URL): Promise<never> =>
    Promise.reject(new PkgsyncError('UNREACHABLE', `${redactUrl(url)} was not asked: --offline`, { hint: 'leave --offline out' }));
  return { get: refuse, read: refuse, send: refuse, close: () => Promise.resolve() };
}
