import { createHasher } from '../io/hasher.ts';
import type { Manifest } from '../manifest/manifest.ts';

/** SHA-256 of everything in the manifest that decides: its path and credentials do not. */
export function rulesDigest(manifest: Manifest): string {
  const { path: _path, folder: _folder, sources, destinations, ...rest } = manifest;
  const hasher = createHasher();
  const withoutAuth = (value: object): object => Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'auth'));
  hasher.update(JSON.stringify([sources.map(withoutAuth), destinations.map(withoutAuth), rest]));
  return hasher.hex();
}
