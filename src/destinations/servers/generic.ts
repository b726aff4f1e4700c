import type { DestinationTraits } from '../destination.ts';
import type { Server } from './profile.ts';
import { usualSimpleUrl } from './urls.ts';

/**
 * What is taken for granted of a server that nothing is known of, which is nothing: it may overwrite without a word, so that every upload is preceded
 * by a look at its listing. Profiles start from here.
 */
export const genericTraits: DestinationTraits = {
  canRemove: false,
  cannotRemove: 'the upload API has no removal, and servers of this kind each have their own',
  canReplace: false,
  canUpdate: false,
  register: 'unsupported',
  carries: new Set(['requires-python']),
  overwritesSilently: true,
  digests: [],
};

/** Any server that speaks the upload API. */
export const generic: Server = {
  kind: 'generic',
  title: 'unknown kind of server',
  example: 'https://index.example/',
  checked: 'documentation',
  words: { overwrites: 'assumed' },
  simpleUrl: usualSimpleUrl,
  traits: genericTraits,
};
