import type { ConnectionOptions } from './dispatcher.ts';

/** The proxies that the usual variables name, or undefined where they name none. */
export function proxyFromEnvironment(environment: Readonly<Record<string, string | undefined>>): ConnectionOptions['proxy'] {
  const proxy = {
    http: environment['http_proxy'] ?? environment['HTTP_PROXY'],
    https: environment['https_proxy'] ?? environment['HTTPS_PROXY'],
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'],
  };
  const given = Object.fromEntries(Object.entries(proxy).filter(([, value]) => value !== undefined && value !== ''));
  return given['http'] === undefined && given['https'] === undefined ? undefined : given;
}
