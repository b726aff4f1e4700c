import type { CredentialProvider } from '../../src/http/credential.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/http/http-client.ts';

/** A client that does not repeat and does not wait, so that every failure is the test's. */
export function httpClientFor(options: Partial<HttpClientOptions> = {}): HttpClient {
  return createHttpClient({ version: '0.0.0', retry: { attempts: 1 }, ...options });
}

/** Credentials for one exact origin. */
export function credentialFor(origin: string, username: string, password: string): CredentialProvider {
  return { for: (url) => Promise.resolve(url.origin === origin ? { username, password } : undefined) };
}
