import type { JsonProblem } from '../../io/json-text.ts';
import { childPointer } from '../../io/json-text.ts';
import { isUrl, pathProblem } from '../location.ts';
import type { WrittenDestination, WrittenSource, WrittenTls } from '../written.ts';
import { atKey, atValue, type Rule } from './rule.ts';

/** `tls` belongs to https alone, and a key to a certificate. */
export const tlsIsUsable: Rule = ({ sources, destinations }) =>
  [...sources, ...destinations].flatMap(({ pointer, written }) => {
    if (written === undefined || typeof written === 'string' || !('tls' in written) || written.tls === undefined) return [];
    const at = childPointer(pointer, 'tls');
    return [...withoutHttps(written, at), ...tlsProblems(at, written.tls)];
  });

function withoutHttps(written: Exclude<WrittenSource | WrittenDestination, string>, at: string): readonly JsonProblem[] {
  const { url } = 'url' in written ? written : {};
  const { simpleUrl } = 'simpleUrl' in written ? written : {};
  const urls = [url, simpleUrl].filter((each) => each !== undefined);
  if (urls.length === 0 || urls.some((each) => /^https:/i.test(each))) return [];
  return [atKey(at, 'no connection there is encrypted, so nothing of this would be used; expected an https URL beside it')];
}

const files = ['caFile', 'clientCertFile', 'clientKeyFile'] as const;

function tlsProblems(pointer: string, tls: WrittenTls): readonly JsonProblem[] {
  const unreadable = files.flatMap((key) => {
    const text = tls[key];
    // `ca.pem` would look like a host name there.
    const message = text === undefined ? undefined : pathProblem(/^[^/\\\s]/.test(text) && !isUrl(text) ? `./${text}` : text);
    return message === undefined ? [] : [atValue(childPointer(pointer, key), message)];
  });
  if (Object.hasOwn(tls, 'clientCertFile')) return unreadable;
  const alone = (['clientKeyFile', 'passphraseEnv'] as const).filter((key) => Object.hasOwn(tls, key));
  return [
    ...unreadable,
    ...alone.map((key) => atKey(childPointer(pointer, key), "there is no certificate to it; expected 'clientCertFile' too")),
  ];
}
