import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listingWaits } from '../../src/apply/listing-waits.ts';
import { connectUpload } from '../../src/destinations/connect-upload.ts';
import type { PutRequest, WritableDestination } from '../../src/destinations/destination.ts';
import { serverByUrl, servers } from '../../src/destinations/servers/all.ts';
import type { ServerKind } from '../../src/destinations/servers/profile.ts';
import { parseUploadUrl } from '../../src/destinations/upload-url.ts';
import type { HttpClient } from '../../src/http/http-client.ts';
import { simpleIndex } from '../../src/indexes/simple-index.ts';
import { normalizeName } from '../../src/packaging/name.ts';
import { coreMetadata, verifiedContent, wantedFile } from './distributions.ts';
import { httpClientFor } from './http-clients.ts';
import type { Reply } from './scripted-server.ts';
import { temporaryFolders } from './temporary-folder.ts';
import { uploadServer, type UploadServer } from './upload-server.ts';

/** An answer of the product, and what it has to be taken for: an outcome, or an error's code with part of its hint. */
export interface AnswerFact {
  readonly when: string;
  readonly reply: Reply;
  readonly is: string;
  readonly hint?: string;
}

/** What is known of a product, by its documentation or source: each fact becomes a test against a server that is scripted after it. */
export interface ServerFacts {
  readonly kind: ServerKind;
  /** Path of the upload URL at the scripted server, and of the simple API that goes with it. */
  readonly path: string;
  readonly simplePath: string;
  /** The answer to a new file, and what it is taken for. */
  readonly stored: Reply;
  readonly storedIs: 'done' | 'unclear';
  /** Answers to a name that appeared after the listing was read. */
  readonly taken: readonly AnswerFact[];
  readonly refusals: readonly AnswerFact[];
  readonly register: 'not-needed' | 'unsupported';
  /** The listing is read right before each upload, as the product may replace what is there. */
  readonly looksFirst: boolean;
  /** Seconds for which a listing that does not show the file yet is read again. */
  readonly patience: number;
  /** What is asked when it is connected, as `METHOD /path`; absent: nothing. */
  readonly asks?: readonly string[];
  /** How a file is replaced; absent: not at all. */
  readonly replaces?: 'by an upload' | 'by removal' | undefined;
  /** Part of the sentence about why nothing is removed there; absent: the product's test says how it removes. */
  readonly cannotRemove?: string;
}

const newFolder = temporaryFolders();
const foo = normalizeName('foo');
const sdist = 'foo-1.0.tar.gz';
const filesOf = async (destination: WritableDestination) => (await destination.list(foo)).files;

/** Connects a scripted server as a destination of that kind, with the real reader of the simple API. */
export function connectTo(kind: ServerKind, server: UploadServer, http: HttpClient): Promise<WritableDestination> {
  return connectUpload({
    name: 'corp',
    url: server.url,
    server: kind,
    http,
    indexAt: (location) => simpleIndex({ name: 'corp', location, http }),
  });
}

/** Foo 1.0 with these bytes, ready to be sent. */
export async function uploadOf(bytes: string): Promise<PutRequest> {
  const content = await verifiedContent(await newFolder(), bytes, { metadata: coreMetadata({ name: 'foo', version: '1.0' }) });
  return { file: wantedFile(foo, sdist, bytes), content };
}

/** The tests of one product's facts. */
export function describeServer(facts: ServerFacts): void {
  const { kind, path, simplePath, stored, taken, refusals, register, looksFirst, patience, cannotRemove } = facts;
  let server: UploadServer;
  let http: HttpClient;
  let destination: WritableDestination;
  beforeEach(async () => {
    http = httpClientFor();
    server = await uploadServer({ path, simplePath, success: stored });
    destination = await connectTo(kind, server, http);
  });
  afterEach(async () => {
    await http.close();
    await server[Symbol.asyncDispose]();
  });

  describe(`${servers[kind].title} as scripted`, () => {
    it(`is asked ${facts.asks === undefined ? 'nothing' : 'what it is'} before it is needed, and named in the plan`, () => {
      expect(destination).toMatchObject({ kind: servers[kind].title, address: server.url });
      expect(server.server.log()).toEqual(facts.asks ?? []);
    });

    it('takes a file, and lists it at the usual place', async () => {
      const request = await uploadOf('content');
      expect(await destination.put(request)).toMatchObject({ outcome: facts.storedIs, status: stored.status ?? 200 });
      expect(await filesOf(destination)).toMatchObject([{ filename: sdist, hashes: { sha256: request.content.hashes.sha256 } }]);
      expect(server.server.log()).toContain(`GET ${simplePath}foo/`);
    });

    it('lists no project that it does not have', async () => {
      expect(await destination.list(foo)).toMatchObject({ present: false, files: [] });
    });

    it.each(taken)('takes for $is: $when', async ({ reply, is }) => {
      server.mode = { refuse: reply };
      await expect(outcomeOf(destination.put(await uploadOf('content')))).resolves.toMatchObject({ is });
      // Sent once: what came of it is the listing's to say.
      expect(server.uploads).toBe(1);
    });

    it.each(refusals)('is understood: $when', async ({ reply, is, hint = '' }) => {
      server.mode = { refuse: reply };
      const outcome = await outcomeOf(destination.put(await uploadOf('content')));
      expect(outcome.is).toBe(is);
      expect(outcome.hint).toContain(hint);
      expect(server.uploads).toBe(1);
    });

    it(
      looksFirst ? 'is not sent a name that has other bytes, as it might replace them' : 'refuses itself what is there: no listing before',
      async () => {
        server.mode = 'overwrite';
        server.store(sdist, 'theirs', 'foo');
        const outcome = await outcomeOf(destination.put(await uploadOf('content')));
        expect(outcome.is).toBe(looksFirst ? 'CONFLICT' : facts.storedIs);
        expect(server.uploads).toBe(looksFirst ? 0 : 1);
      },
    );

    if (facts.replaces === undefined)
      it('replaces nothing', async () => {
        server.store(sdist, 'theirs', 'foo');
        const [replaces] = await filesOf(destination);
        expect(destination.traits.canReplace).toBe(false);
        await expect(outcomeOf(destination.put({ ...(await uploadOf('content')), replaces }))).resolves.toMatchObject({
          is: 'UNSUPPORTED',
        });
        expect(server.uploads).toBe(0);
      });

    if (facts.replaces === 'by an upload')
      it('replaces by an upload what was listed, and nothing that has changed since', async () => {
        server.mode = 'overwrite';
        server.store(sdist, 'theirs', 'foo');
        const [replaces] = await filesOf(destination);
        server.store(sdist, 'changed', 'foo');
        await expect(outcomeOf(destination.put({ ...(await uploadOf('content')), replaces }))).resolves.toMatchObject({ is: 'CONFLICT' });
        server.store(sdist, 'theirs', 'foo');
        await expect(outcomeOf(destination.put({ ...(await uploadOf('content')), replaces }))).resolves.toMatchObject({
          is: facts.storedIs,
        });
        expect(server.bytesOf(sdist)?.toString()).toBe('content');
        expect(server.server.log().every((line) => !line.startsWith('DELETE'))).toBe(true);
      });

    it(`registering a project is ${register}, and sends nothing`, async () => {
      const { file, content } = await uploadOf('content');
      expect(await destination.register({ name: foo, file, metadata: content.metadata })).toEqual({ outcome: register });
      expect(server.server.log()).toEqual(facts.asks ?? []);
    });

    it(`is given ${patience} seconds to list what it took`, () => {
      expect(listingWaits(destination.traits).reduce((sum, wait) => sum + wait, 0)).toBe(patience * 1000);
    });

    if (cannotRemove !== undefined) {
      it('removes nothing, and says why', async () => {
        server.store(sdist, 'content', 'foo');
        const [file] = await filesOf(destination);
        expect(destination.traits).toMatchObject({ canRemove: false, cannotRemove: expect.stringContaining(cannotRemove) });
        await expect(destination.remove({ name: foo, file: file! })).rejects.toMatchObject({
          code: 'UNSUPPORTED',
          message: expect.stringContaining(cannotRemove),
        });
        expect(server.server.log().every((line) => line.startsWith('GET '))).toBe(true);
      });
    }

    it('has an example that is recognised and left as it is', () => {
      const { example } = servers[kind];
      expect(serverByUrl(new URL(example))?.kind).toBe(kind);
      expect(parseUploadUrl(example).href).toBe(example);
    });
  });
}

async function outcomeOf(answer: Promise<{ readonly outcome: string }>): Promise<{ readonly is: string; readonly hint: string }> {
  try {
    return { is: (await answer).outcome, hint: '' };
  } catch (error) {
    const { code, hint = '' } = error as { readonly code: string; readonly hint?: string };
    return { is: code, hint };
  }
}
