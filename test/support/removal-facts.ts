import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ExistingFile, WritableDestination, WriteAnswer } from '../../src/destinations/destination.ts';
import { servers } from '../../src/destinations/servers/all.ts';
import type { ServerKind } from '../../src/destinations/servers/profile.ts';
import type { HttpClient } from '../../src/http/http-client.ts';
import { normalizeName } from '../../src/packaging/name.ts';
import { digestsOf } from './distributions.ts';
import { credentialFor, httpClientFor } from './http-clients.ts';
import { scriptedServer, type Reply } from './scripted-server.ts';
import { connectTo } from './server-facts.ts';
import { uploadServer, type UploadServer } from './upload-server.ts';

/** What the API says of the file, where it is to be another than the truth. */
export interface Told {
  readonly filename?: string;
  readonly sha256?: string | undefined;
  readonly md5?: string | undefined;
  readonly name?: string;
  readonly version?: string;
}

/** How a product takes a file back: each fact becomes a test against a server that is scripted after it. */
export interface RemovalFacts {
  readonly kind: ServerKind;
  readonly path: string;
  readonly simplePath: string;
  /** Answers to the questions before a removal of foo-1.0.tar.gz, by path, with or without query. */
  readonly lookups: (told: Told) => Readonly<Record<string, Reply>>;
  /** The questions, as they are asked. */
  readonly asked: readonly string[];
  /** Path that is deleted. */
  readonly deleted: string;
  /** What it comes to where the API names no such file. */
  readonly unnamed: WriteAnswer['outcome'];
  /** Part of the hint at missing rights. */
  readonly rights: string;
  /** Header that carries the password, and its value for the user `ci` with the password `secret`. */
  readonly credentials: readonly [header: string, value: string];
}

export const foo = normalizeName('foo');
export const sdist = 'foo-1.0.tar.gz';
const basic = `Basic ${Buffer.from('ci:secret').toString('base64')}`;
/** HTTP Basic for the user `ci` with the password `secret`. */
export const byBasic = ['authorization', basic] as const;

/** The tests of one product's removal. */
export function describeRemoval(facts: RemovalFacts): void {
  const { kind, path, simplePath, lookups, asked, deleted, unnamed, rights } = facts;
  let replies: Record<string, Reply> = {};
  let http: HttpClient;
  let server: UploadServer;
  let destination: WritableDestination;
  beforeEach(async () => {
    replies = {};
    server = await uploadServer({ path, simplePath, replies });
    http = httpClientFor({ credentials: credentialFor(server.server.origin, 'ci', 'secret') });
    server.store(sdist, 'content', 'foo');
    Object.assign(replies, lookups({}), { [deleted]: { status: 204 } });
    destination = await connectTo(kind, server, http);
  });
  afterEach(async () => {
    await http.close();
    await server[Symbol.asyncDispose]();
  });

  const planned = (content = 'content'): ExistingFile => ({
    name: foo,
    filename: sdist,
    version: '1.0',
    packageType: 'sdist',
    url: '',
    hashes: { sha256: digestsOf(content).sha256 },
    yanked: false,
  });
  const remove = (file = planned()): Promise<WriteAnswer> => destination.remove({ name: foo, file });
  /** What was asked of the API, and what was deleted. */
  const requests = () =>
    server.server.requests.filter(({ path: each }) => !each.startsWith(simplePath) && !/^[^?]*\/repositories\//.test(each));
  const log = () => requests().map(({ method, path: each }) => `${method} ${each}`);
  const nothingDeleted = () => expect(log().filter((line) => !line.startsWith('GET '))).toEqual([]);

  describe(`${servers[kind].title} as scripted, asked to remove a file`, () => {
    it('looks it up and deletes it, with the credentials in the form that its API takes', async () => {
      expect(destination.traits.canRemove).toBe(true);
      expect(await remove()).toMatchObject({ outcome: 'done', status: 204 });
      expect(log()).toEqual([...asked.map((each) => `GET ${each}`), `DELETE ${deleted}`]);
      const [header, value] = facts.credentials;
      expect(requests().map(({ headers }) => headers[header])).toEqual(requests().map(() => value));
    });

    it.each<[string, Reply, string]>([
      ['gone already', { status: 404 }, 'done'],
      ['gone for good', { status: 410 }, 'done'],
      ['queued', { status: 202 }, 'unclear'],
      ['failing', { status: 500 }, 'unclear'],
      ['busy', { status: 429 }, 'unclear'],
      ['cut off', { drop: true }, 'unclear'],
    ])('tells what a deletion came to that is %s', async (_, reply, outcome) => {
      replies[deleted] = reply;
      expect(await remove()).toMatchObject({ outcome });
      expect(log().filter((line) => line.startsWith('DELETE '))).toHaveLength(1);
    });

    it.each<[number, string]>([
      [401, 'UNAUTHORIZED'],
      [403, 'FORBIDDEN'],
    ])('says which right is missing after %i, to the deletion as to the questions', async (status, code) => {
      replies[deleted] = { status, json: { message: 'computer says no' } };
      await expect(remove()).rejects.toMatchObject({
        code,
        hint: expect.stringContaining(rights),
        message: expect.stringContaining('computer says no'),
      });
      for (const key of Object.keys(lookups({}))) replies[key] = { status };
      await expect(remove()).rejects.toMatchObject({ code, hint: expect.stringContaining(rights) });
    });

    it('is refused in the words of the server', async () => {
      replies[deleted] = { status: 400, json: { message: 'not on Sundays' } };
      await expect(remove()).rejects.toMatchObject({ code: 'REFUSED', message: expect.stringContaining('not on Sundays') });
    });

    it.each<[string, Reply, string]>([
      ['fail', { status: 500 }, 'UNREACHABLE'],
      ['are no JSON', { body: '<html>log in</html>' }, 'BAD_RESPONSE'],
      ['are JSON of another kind', { json: 'hello' }, 'BAD_RESPONSE'],
    ])('deletes nothing where the answers before %s', async (_, reply, code) => {
      for (const key of Object.keys(lookups({}))) replies[key] = reply;
      await expect(remove()).rejects.toMatchObject({ code });
      nothingDeleted();
    });

    it('follows no redirect to another origin, neither of a question nor of the deletion', async () => {
      await using other = await scriptedServer(() => ({ status: 204, json: [] }));
      const away = { status: 307, headers: { location: other.url('/elsewhere') } };
      replies[deleted] = away;
      await expect(remove()).rejects.toMatchObject({ code: 'REDIRECTED' });
      for (const key of Object.keys(lookups({}))) replies[key] = away;
      await expect(remove()).rejects.toMatchObject({ code: 'REDIRECTED' });
      expect(other.log()).toEqual([]);
    });

    it.each<[string, Told]>([
      ['other bytes', { sha256: digestsOf('theirs').sha256, md5: undefined }],
      ['no digest', { sha256: undefined, md5: undefined }],
      ['a digest of another kind of thing', { sha256: 'abc', md5: undefined }],
    ])('deletes nothing where the API has %s under the name', async (_, told) => {
      Object.assign(replies, lookups(told));
      await expect(remove()).rejects.toMatchObject({ code: 'CONFLICT' });
      nothingDeleted();
    });

    it('deletes nothing where the API names no such file, whatever else it has', async () => {
      Object.assign(replies, lookups({ filename: 'foo-1.0.zip' }));
      expect(await remove()).toMatchObject({ outcome: unnamed });
      nothingDeleted();
    });

    it('asks nobody where the listing has changed, or has it no more', async () => {
      await expect(remove(planned('before'))).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await remove({ ...planned(), filename: 'foo-3.0.tar.gz' })).toEqual({ outcome: 'done' });
      expect(log()).toEqual([]);
    });

    it('can be interrupted before', async () => {
      await expect(destination.remove({ name: foo, file: planned(), signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'INTERRUPTED',
      });
      nothingDeleted();
    });
  });
}

/** The digests that an API gives, unless told otherwise. */
export function digestsTold(told: Told): { readonly sha256: string | undefined; readonly md5: string | undefined } {
  const { sha256, md5 } = digestsOf('content');
  return { sha256, md5, ...told };
}
