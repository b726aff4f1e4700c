import { PkgsyncError, isPkgsyncError } from '../errors.ts';
import { nameOf } from './command.ts';
import type { CommandSpec } from './command.ts';

/** Flags by which a command without a manifest says what a manifest would. */
interface Words {
  readonly credentials: string;
  readonly server: string;
  /** How the address of a simple API is given. */
  readonly simple: string;
  /** How a client certificate is named. */
  readonly certificate: string;
  /** How a file can be left out. */
  readonly leaveOut: string;
}

const uploading: Words = {
  credentials: 'give a user with -u (or TWINE_USERNAME), and the password when asked or in TWINE_PASSWORD',
  server: '--server',
  simple: '--simple-url',
  certificate: '--client-cert',
  leaveOut: 'leave this file out',
};
const reading: Words = {
  credentials: 'give --source-username, and the password when asked or in PKGSYNC_SOURCE_PASSWORD',
  server: '--server',
  simple: '--simple-url',
  certificate: '--client-cert',
  leaveOut: 'leave it out with --exclude',
};
const wordsOf: Readonly<Record<string, Words>> = {
  upload: uploading,
  register: uploading,
  list: reading,
  download: reading,
  sync: {
    credentials: 'give --source-username or --destination-username for that address, and the password when asked or in its variable',
    server: '--destination-server',
    simple: '--destination-simple-url',
    certificate: '--source-client-cert or --destination-client-cert',
    leaveOut: 'leave it out with --exclude',
  },
};

const translations: readonly (readonly [inManifest: RegExp, inFlags: (words: Words) => string])[] = [
  [/^give (?:the destination )?credentials (?:with auth|for exactly this scheme, host and port)$/, ({ credentials }) => credentials],
  [/^name the variables that hold them under auth instead$/, ({ credentials }) => credentials],
  [/, or change auth in the manifest$/, () => ''],
  [/tls\.caFile in the manifest, or /, () => ''],
  [/tls\.clientCertFile in the manifest/, ({ certificate }) => certificate],
  [/, or set maxFileSize in the manifest$/, ({ leaveOut }) => `, or ${leaveOut}`],
  [/pkgsync lock --accept takes the new bytes$/, () => 'the same command again takes the new bytes'],
  [/^run plan again to see what has changed$/, () => 'run the same command again: it compares anew'],
  [/^run plan and apply again: it is uploaded as a missing file$/, () => 'run the same command again: it is uploaded as a missing file'],
  [/^run plan again; if it shows the same, /, () => 'run the same command again; if it fails the same way, '],
  [/^set server to generic /, ({ server }) => `pass ${server} generic `],
  [
    /^set server to the kind that it is, or simpleUrl to /,
    ({ server, simple }) => `pass ${server} with the kind that it is, or ${simple} with `,
  ],
];

/** A hint of the stages, which know manifests only, in terms of a command's flags; commands that have a manifest keep it. */
export function hintInWordsOf(command: string, hint: string | undefined): string | undefined {
  const words = wordsOf[command];
  if (words === undefined || hint === undefined) return hint;
  return translations.reduce((text, [inManifest, inFlags]) => text.replace(inManifest, () => inFlags(words)), hint);
}

/** The same for an error that ends the command. */
export function inWordsOf(command: Pick<CommandSpec, 'usage'>, error: unknown): unknown {
  if (!isPkgsyncError(error)) return error;
  const hint = hintInWordsOf(nameOf(command), error.hint);
  if (hint === error.hint) return error;
  const { code, message, problems, status, retryable } = error;
  return new PkgsyncError(code, message, { hint, problems, status, retryable, cause: error });
}
