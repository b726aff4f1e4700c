import { PkgsyncError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where uv uploads unless it is told otherwise. */
const defaultUrl = 'https://upload.pypi.org/legacy/';

/**
 * Credentials by uv's variables, which belong to the address that UV_PUBLISH_URL names (PyPI without it) and are none for any other origin.
 * https://docs.astral.sh/uv/reference/environment/#uv_publish_token
 * @throws PkgsyncError USAGE for a token beside a user or a password, as uv refuses it
 */
export function uvPublishCredential(environment: Environment, url: URL): { readonly username?: string; readonly password?: string } {
  const set = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const address = set('UV_PUBLISH_URL') ?? defaultUrl;
  if (!URL.canParse(address) || new URL(address).origin !== url.origin) return {};
  const token = set('UV_PUBLISH_TOKEN');
  const username = set('UV_PUBLISH_USERNAME');
  const password = set('UV_PUBLISH_PASSWORD');
  if (token === undefined) return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  if (username === undefined && password === undefined) return { username: '__token__', password: token };
  throw new PkgsyncError('USAGE', 'UV_PUBLISH_TOKEN stands beside UV_PUBLISH_USERNAME or UV_PUBLISH_PASSWORD', {
    hint: 'set the token alone, or user and password',
  });
}
