import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ExistingFile, WritableDestination } from '../../../src/destinations/destination.ts';
import type { HttpClient } from '../../../src/http/http-client.ts';
import { digestsOf } from '../../support/distributions.ts';
import { httpClientFor } from '../../support/http-clients.ts';
import { foo, sdist } from '../../support/removal-facts.ts';
import type { Reply } from '../../support/scripted-server.ts';
import { connectTo, uploadOf } from '../../support/server-facts.ts';
import { uploadServer, type UploadServer } from '../../support/upload-server.ts';

/** Nexus: the old file goes before the new one comes. */
describe('a replacement by removal', () => {
  let server: UploadServer;
  let http: HttpClient;
  let destination: WritableDestination;
  let replies: Record<string, Reply> = {};
  const search = '/service/rest/v1/search/assets';
  const asset = '/service/rest/v1/assets/1';
  beforeEach(async () => {
    replies = {};
    const item = { id: '1', repository: 'pypi-hosted', format: 'pypi', path: `packages/foo/1.0/${sdist}`, checksum: digestsOf('old') };
    Object.assign(replies, { [search]: { json: { items: [item] } }, [asset]: { status: 204 } });
    server = await uploadServer({ path: '/repository/pypi-hosted/', replies });
    server.store(sdist, 'old', 'foo');
    http = httpClientFor();
    destination = await connectTo('nexus', server, http);
  });
  afterEach(async () => {
    await http.close();
    await server[Symbol.asyncDispose]();
  });

  const old = async (): Promise<ExistingFile> => (await destination.list(foo)).files[0]!;
  const writes = () => server.server.log().filter((line) => !line.startsWith('GET '));
  async function replacement(signal?: AbortSignal) {
    const replaces = await old();
    return destination.put({ ...(await uploadOf('new')), replaces, signal });
  }

  it('removes the file that was listed, then sends the new one', async () => {
    server.mode = 'overwrite';
    expect(await replacement()).toMatchObject({ outcome: 'done' });
    expect(writes()).toEqual([`DELETE ${asset}`, 'POST /repository/pypi-hosted/']);
    expect(server.bytesOf(sdist)?.toString()).toBe('new');
  });

  it('removes nothing before the new bytes are known to be the verified ones', async () => {
    const request = { ...(await uploadOf('new')), replaces: await old() };
    await writeFile(request.content.path, 'bad');
    await expect(destination.put(request)).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringContaining('was not replaced'),
    });
    expect(writes()).toEqual([]);
  });

  it('removes nothing that has changed since the plan, at the listing or at the API', async () => {
    const replaces = { ...(await old()), hashes: { sha256: digestsOf('planned').sha256 } };
    await expect(destination.put({ ...(await uploadOf('new')), replaces })).rejects.toMatchObject({ code: 'CONFLICT' });
    replies[search] = {
      json: { items: [{ id: '1', repository: 'pypi-hosted', format: 'pypi', path: sdist, checksum: digestsOf('other') }] },
    };
    await expect(replacement()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(writes()).toEqual([]);
  });

  it('sends nothing where the removal is refused, or not confirmed while the file is still listed', async () => {
    replies[asset] = { status: 403 };
    await expect(replacement()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    replies[asset] = { status: 500 };
    await expect(replacement()).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true, message: expect.stringContaining('(500)') });
    expect(server.uploads).toBe(0);
    expect(server.bytesOf(sdist)?.toString()).toBe('old');
  });

  it('says what is missing where the new file is refused after the old one went', async () => {
    server.mode = { refuse: { status: 413 } };
    await expect(replacement()).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining(`is removed already, so ${sdist} is missing there`),
    });
  });

  it('sends the new file also where it is interrupted after the old one went', async () => {
    server.mode = 'overwrite';
    const stop = new AbortController();
    replies[asset] = { status: 204, delay: 1 };
    const replaces = await old();
    const request = { ...(await uploadOf('new')), replaces, signal: stop.signal };
    const sent = destination.put({ ...request, onBytes: () => stop.abort() });
    expect(await sent).toMatchObject({ outcome: 'done' });
    expect(stop.signal.aborted).toBe(true);
  });

  it('begins nothing once it is interrupted', async () => {
    const request = { ...(await uploadOf('new')), replaces: await old(), signal: AbortSignal.abort() };
    await expect(destination.put(request)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(writes()).toEqual([]);
  });
});
