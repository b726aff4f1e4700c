import { resolve } from 'node:path';
import type { JsonProblem } from '../../io/json-text.ts';
import { childPointer } from '../../io/json-text.ts';
import { isHttpUrl, isUrl, pathProblem, urlProblem } from '../location.ts';
import type { WrittenAuth, WrittenDestination } from '../written.ts';
import { atKey, atValue, type Facts, type Rule } from './rule.ts';

const readable = ['https', 'http', 'file'];
const writable = ['https', 'http'];

export const locationsAreUsable: Rule = (facts) =>
  addresses(facts).flatMap(({ pointer, text, takes }) => {
    const message = addressProblem(text, takes);
    return message === undefined ? [] : [atValue(pointer, message)];
  });

/** Two destinations at one place would undo each other's work; a source there would be changed while it is read. */
export const placesDiffer: Rule = (facts) => {
  const seen = new Map<string, Address>();
  return addresses(facts).flatMap((address) => {
    if (address.key === 'simpleUrl') return [];
    const place = placeOf(address.text);
    const before = seen.get(place);
    if (before === undefined) {
      seen.set(place, address);
      return [];
    }
    // Several sources may well read one index, with different credentials or names.
    if (address.role === 'source') return [];
    return [atValue(address.pointer, `the same place as ${before.role} '${before.name}'; expected a place of its own`)];
  });
};

export const credentialsAreComplete: Rule = ({ sources, destinations }) =>
  [...sources, ...destinations].flatMap(({ pointer, written }) => {
    if (written === undefined || typeof written === 'string' || !('auth' in written) || written.auth === undefined) return [];
    return authProblems(childPointer(pointer, 'auth'), written.auth);
  });

/** A token is minted for uploading; who only reads has no use for it. */
export const trustedPublishingIsForDestinations: Rule = ({ sources }) =>
  sources.flatMap(({ pointer, written }) => {
    if (written === undefined || typeof written === 'string' || written.auth?.trustedPublishing === undefined) return [];
    const key = childPointer(childPointer(pointer, 'auth'), 'trustedPublishing');
    return [atKey(key, 'trusted publishing gives tokens for uploading; expected other credentials for a source')];
  });

interface Address {
  readonly pointer: string;
  readonly role: 'source' | 'destination';
  readonly name: string;
  /** The key under which it stands; undefined for the short form. */
  readonly key: 'url' | 'path' | 'simpleUrl' | undefined;
  readonly takes: 'path' | 'url' | 'path or URL';
  readonly text: string;
}

/** Every URL and path of the manifest, sources first. */
function addresses({ sources, destinations }: Facts): readonly Address[] {
  const ofSources = sources.flatMap(({ name, pointer, written }): readonly Address[] => {
    const base = { role: 'source', name, takes: 'path or URL' } as const;
    if (typeof written === 'string') return [{ ...base, pointer, key: undefined, text: written }];
    return written?.url === undefined ? [] : [{ ...base, pointer: childPointer(pointer, 'url'), key: 'url', text: written.url }];
  });
  const ofDestinations = destinations.flatMap(({ name, pointer, written }) =>
    destinationAddresses(written).map(({ key, text, takes }): Address => {
      return { role: 'destination', name, pointer: key === undefined ? pointer : childPointer(pointer, key), key, takes, text };
    }),
  );
  return [...ofSources, ...ofDestinations];
}

function destinationAddresses(written: WrittenDestination | undefined): readonly Pick<Address, 'key' | 'text' | 'takes'>[] {
  if (written === undefined) return [];
  if (typeof written === 'string') return [{ key: undefined, text: written, takes: isUrl(written) ? 'url' : 'path' }];
  if (written.type === 'directory') return written.path === undefined ? [] : [{ key: 'path', text: written.path, takes: 'path' }];
  const { url, simpleUrl } = written;
  return [
    ...(url === undefined ? [] : [{ key: 'url', text: url, takes: 'url' } as const]),
    ...(simpleUrl === undefined ? [] : [{ key: 'simpleUrl', text: simpleUrl, takes: 'url' } as const]),
  ];
}

function addressProblem(text: string, takes: Address['takes']): string | undefined {
  if (takes === 'path') return pathProblem(text);
  if (takes === 'url') return urlProblem(text, writable);
  return isUrl(text) ? urlProblem(text, readable) : pathProblem(text);
}

/** Equal for texts that mean one place, as far as the text tells. */
function placeOf(text: string): string {
  if (!isHttpUrl(text) || !URL.canParse(text)) return resolve('/', text);
  const { href } = new URL(text);
  let end = href.length;
  while (href[end - 1] === '/') end -= 1;
  return href.slice(0, end);
}

function authProblems(pointer: string, auth: WrittenAuth): readonly JsonProblem[] {
  const has = (key: keyof WrittenAuth): boolean => Object.hasOwn(auth, key);
  // A secret written out has been refused with a sentence on what to write instead.
  if (Object.hasOwn(auth, 'password') || Object.hasOwn(auth, 'token')) return [];
  const problems: JsonProblem[] = [];
  if (has('username') && has('usernameEnv'))
    problems.push(atKey(childPointer(pointer, 'usernameEnv'), "both 'username' and 'usernameEnv' are given; expected one of them"));
  const [first, ...others] = (['passwordEnv', 'tokenEnv', 'command', 'keyring', 'trustedPublishing'] as const).filter(has);
  for (const other of others)
    problems.push(atKey(childPointer(pointer, other), `both '${first ?? ''}' and '${other}' are given; expected one of them`));
  if (first === 'trustedPublishing' && (has('username') || has('usernameEnv')))
    problems.push(
      atKey(childPointer(pointer, has('username') ? 'username' : 'usernameEnv'), 'trusted publishing brings its own user: expected none'),
    );
  if (has('audience') && !has('trustedPublishing'))
    problems.push(atKey(childPointer(pointer, 'audience'), "an audience is for 'trustedPublishing' only"));
  if (has('passwordEnv') && !has('username') && !has('usernameEnv'))
    problems.push(
      atValue(pointer, "the password has no user: expected 'username' or 'usernameEnv' too (an API token goes into 'tokenEnv')"),
    );
  if ((has('username') || has('usernameEnv')) && first === undefined)
    problems.push(atValue(pointer, "the user has no password: expected 'passwordEnv', 'tokenEnv', 'command' or 'keyring' too"));
  return problems;
}
