import { PkgsyncError, printable } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { WriteAnswer } from '../destination.ts';
import { multipartBody } from '../multipart.ts';
import { sendForm } from '../send-form.ts';
import type { RemovalRequest } from './profile.ts';
import { guessRelease } from './pypiserver-names.ts';

/**
 * Removes every file that pypiserver takes for the same name and version as this one: it has no removal of a single file. It compares the texts that it
 * makes out of filenames, letter by letter.
 * @throws PkgsyncError UNSUPPORTED where it makes no version out of the filename; as `sendForm`
 */
export async function removeFromPypiserver(url: URL, http: HttpClient, { file, signal }: RemovalRequest): Promise<WriteAnswer> {
  const { name, version } = guessRelease(file.filename) ?? { name: '', version: '' };
  if (name === '' || version === '') {
    throw new PkgsyncError(
      'UNSUPPORTED',
      `pypiserver makes no name and version out of ${printable(file.filename)}, and removes only by these`,
    );
  }
  const body = multipartBody(
    [
      [':action', 'remove_pkg'],
      ['name', name],
      ['version', version],
    ],
    undefined,
  );
  return sendForm(http, url, body, {
    doing: `remove ${printable(file.filename)}`,
    signal,
    onBytes: undefined,
    // "foo (1.0) not found": somebody was faster.
    answers: [{ status: 404, says: ['not found'], verdict: 'done' }],
  });
}
