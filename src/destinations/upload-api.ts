import { uploadFields } from '../archive/upload-fields.ts';
import { PkgsyncError, printable, redactUrl } from '../errors.ts';
import type { HttpClient } from '../http/http-client.ts';
import { companionSource, httpSource } from '../http/http-source.ts';
import { parseHttpUrl } from '../http/url.ts';
import type { ByteSource } from '../io/byte-source.ts';
import { fileSource } from '../io/file-source.ts';
import { verified } from '../io/hashing.ts';
import { createLimiter, limited, type Limiter } from '../io/concurrency.ts';
import type { PackageName } from '../packaging/name.ts';
import type {
  DestinationProject,
  ExistingFile,
  Look,
  PutRequest,
  RemoveRequest,
  VerifiedContent,
  WritableDestination,
  WriteAnswer,
} from './destination.ts';
import { goingTogether } from './going-together.ts';
import { multipartBody, type FormField } from './multipart.ts';
import { checkBeforePut } from './put-precondition.ts';
import { recentListings } from './recent-listings.ts';
import { replaceByRemoval } from './replace-by-removal.ts';
import type { Listing, ServerProfile, WriteProbe } from './servers/profile.ts';
import { sendForm } from './send-form.ts';

export interface UploadApiOptions {
  /** Its name in the manifest. */
  readonly name: string;
  /** The URL to POST to: see `parseUploadUrl`. */
  readonly url: URL;
  readonly profile: ServerProfile;
  /** What the server itself holds. */
  readonly listing: Listing;
  /** With the destination's credentials. */
  readonly http: HttpClient;
  readonly probeWrite?: WriteProbe | undefined;
}

/** A server with the multipart upload API of PyPI: https://docs.pypi.org/api/upload/. `connectUpload` finds out the profile. */
export function uploadApi({ name, url, profile, listing, http, probeWrite }: UploadApiOptions): WritableDestination {
  const address = redactUrl(url);
  const { traits, removalKeys } = profile;
  const atOnce: Limiter = profile.connections === undefined ? (task) => task() : createLimiter(profile.connections);
  const list = (project: PackageName, signal?: AbortSignal, look?: Look): Promise<DestinationProject> =>
    atOnce(() => listing.list(project, signal, look));
  const recently = recentListings(list);
  const inTurn = (source: ByteSource): ByteSource => ({ ...source, read: (options) => limited(atOnce, () => source.read(options)) });

  async function listed(project: PackageName, filename: string, signal: AbortSignal | undefined): Promise<ExistingFile | undefined> {
    return (await list(project, signal)).files.find((file) => file.filename === filename);
  }

  async function put({ file, content, replaces, signal, onBytes }: PutRequest): Promise<WriteAnswer> {
    const because = profile.refuses(file);
    if (because !== undefined) throw new PkgsyncError('REFUSED', because);
    if (replaces !== undefined && !traits.canReplace) {
      throw new PkgsyncError('UNSUPPORTED', `${address} (${profile.title}) cannot replace ${printable(file.filename)}`);
    }
    let present: ExistingFile | undefined;
    if (traits.overwritesSilently || replaces !== undefined) {
      present = await (replaces === undefined ? recently : listed)(file.name, file.filename, signal);
      if (checkBeforePut(file.filename, content.hashes, present, replaces) === 'exists') return { outcome: 'exists' };
    }
    const fields: readonly FormField[] = [
      ...actionFields('file_upload'),
      ...uploadFields(content.metadata, file.filename, file.name),
      ['sha256_digest', content.hashes.sha256],
      ['md5_digest', content.hashes.md5],
    ];
    const { remove: takeBack } = profile;
    if (replaces === undefined || present === undefined || profile.replaces !== 'by-removal' || takeBack === undefined) {
      return send(file.filename, content, fields, { signal, onBytes });
    }
    const old = present;
    return replaceByRemoval({
      filename: file.filename,
      content,
      signal,
      remove: () => atOnce(() => takeBack({ file: old, together: [old], signal })),
      isThere: async () => (await listed(file.name, file.filename, undefined)) !== undefined,
      send: () => send(file.filename, content, fields, { signal: undefined, onBytes }),
    });
  }

  function send(
    filename: string,
    content: VerifiedContent,
    fields: readonly FormField[],
    { signal, onBytes }: Pick<PutRequest, 'signal' | 'onBytes'>,
  ): Promise<WriteAnswer> {
    // Checked once more while they leave: what is sent is what was approved, or the request breaks off.
    const expected = { label: content.path, hashes: content.hashes, size: content.size };
    const read = (): AsyncIterable<Uint8Array> => verified(fileSource(content.path).read({ signal }), expected);
    const queued = (answer: string): Promise<WriteAnswer | undefined> => profile.queued?.(answer, signal) ?? Promise.resolve(undefined);
    const form = profile.form?.(fields) ?? fields;
    const body = multipartBody(form, { field: 'content', filename, size: content.size, read });
    return atOnce(() =>
      sendForm(http, url, body, { doing: `upload ${printable(filename)}`, signal, onBytes, answers: profile.answers, queued }),
    );
  }

  async function remove({ name: project, file, leaving = [file], signal }: RemoveRequest): Promise<WriteAnswer> {
    const { remove: takeBack } = profile;
    if (takeBack === undefined || !traits.canRemove) {
      throw new PkgsyncError(
        'UNSUPPORTED',
        `${address} (${profile.title}) cannot remove files: ${traits.cannotRemove ?? 'it has no API for that'}`,
      );
    }
    const { files, unread } = await list(project, signal);
    const present = files.find(({ filename }) => filename === file.filename);
    if (present === undefined) return { outcome: 'done' };
    const together = goingTogether(present, files, [...leaving, file], removalKeys, unread);
    return atOnce(() => takeBack({ file: present, together, signal }));
  }

  return {
    name,
    type: 'upload',
    address,
    kind: profile.title,
    traits,
    stagingFolder: undefined,
    refuses: (file) => profile.refuses(file),
    projects: (signal) => listing.projects(signal),
    list,
    ...(probeWrite === undefined
      ? {}
      : { probeWrite: (signal?: AbortSignal) => atOnce(() => probeWrite({ url, http, signal }, profile.answers)) }),
    listDeclared: list,
    open: (file) => inTurn(httpSource(http, parseHttpUrl(file.url).url.href, file.size)),
    openMetadata: (file) => inTurn(companionSource(http, file.url)),
    put,
    remove,
    removalKeys,

    async register({ name: project, file, metadata, signal }) {
      if (traits.register !== 'done') return { outcome: traits.register };
      const described = uploadFields(metadata, file.filename, project).filter(([field]) => field !== 'filetype' && field !== 'pyversion');
      const body = multipartBody([...actionFields('submit'), ...described], undefined);
      return atOnce(() =>
        sendForm(http, url, body, { doing: `register ${project}`, signal, onBytes: undefined, answers: profile.answers }),
      );
    },

    // The server makes its own pages, and keeps nothing half-written for us.
    publish: () => Promise.resolve(),
    finish: () => Promise.resolve(),
    cleanStaging: () => Promise.resolve(),
  };
}

function actionFields(action: 'file_upload' | 'submit'): readonly FormField[] {
  return [
    [':action', action],
    ['protocol_version', '1'],
  ];
}
