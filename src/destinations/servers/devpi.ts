import { PkgsyncError, redactUrl } from '../../errors.ts';
import type { DestinationTraits } from '../destination.ts';
import type { Server } from './profile.ts';
import { formWithoutFile } from './probe-write.ts';
import { childUrl, withPath } from './urls.ts';

/** Of a volatile index, devpi's default; a non-volatile one overwrites nothing. */
export const devpiTraits: DestinationTraits = {
  canRemove: true,
  canReplace: false,
  canUpdate: false,
  register: 'done',
  carries: new Set(['requires-python']),
  overwritesSilently: true,
  digests: [],
};

/** devpi-server: one index of a user. What it is like is asked, so the code that does is loaded only then. */
export const devpi: Server = {
  kind: 'devpi',
  title: 'devpi',
  example: 'https://devpi.example/user/index/',
  checked: 'product',
  words: { replace: 'volatile indexes', overwrites: 'volatile indexes' },
  matches: (url) => /\/\+simple(?:\/|$)/.test(url.pathname),
  recognises: ({ headers }) => {
    const version = headers['x-devpi-server-version'];
    if (version !== undefined) return { version };
    return headers['x-devpi-api-version'] !== undefined || headers['x-devpi-serial'] !== undefined ? {} : undefined;
  },
  problem: (url) => {
    const [index, rest] = url.pathname.split('/+simple');
    if (index === undefined || rest === undefined) return undefined;
    return { because: "it is the address of devpi's simple API, which can only be read", instead: withPath(url, `${index}/`).href };
  },
  simpleUrl: (url) => childUrl(url, '+simple'),
  traits: devpiTraits,
  // Without an action it would be taken for a push between indexes, whoever asks.
  probeWrite: formWithoutFile([[':action', 'file_upload']]),
  profile: async ({ url, http, version, signal }) => {
    const { devpiProfile } = await import('./devpi-stage.ts');
    return devpiProfile(indexUrl(url), http, version, signal);
  },
};

/** `<base>/<user>/<index>/`, with the slash that links are resolved against. */
function indexUrl(url: URL): URL {
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  if (segments.length < 2) {
    throw new PkgsyncError('USAGE', `${redactUrl(url)} is no devpi index: its path must end in user and index`, {
      hint: 'configure an address such as https://devpi.example/user/index/',
    });
  }
  return new URL(`/${segments.join('/')}/`, url);
}
