import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Distribution } from '../../../src/library/distribution.ts';
import { RepositoryEnds } from '../../../src/library/ends.ts';
import type { WriteResult } from '../../../src/library/put-file.ts';
import { putFile } from '../../../src/library/put-files.ts';
import { failureOf } from '../../support/http.ts';
import { demoWheel } from '../../support/small-index.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { uploadServer, type UploadServer } from '../../support/upload-server.ts';

const newFolder = temporaryFolders();

/** Uploads to a server with a listing that lags; `onWait` is told of each wait, which takes no time. */
async function upload(server: UploadServer, onWait: (milliseconds: number) => void, signal?: AbortSignal): Promise<WriteResult> {
  const { filename, bytes } = demoWheel('alpha', '1.0');
  const path = join(await newFolder(), filename);
  await writeFile(path, bytes);
  const ends = new RepositoryEnds(server.url, { retry: { attempts: 1 } });
  try {
    const { destination, oneAtATime } = await ends.writing(undefined);
    const open = () => Promise.reject(new Error('nothing has to be read back'));
    const sleep = (milliseconds: number) => {
      onWait(milliseconds);
      return Promise.resolve();
    };
    return await putFile({ destination, open, oneAtATime, skipExisting: true, sleep, signal }, await Distribution.open(path));
  } finally {
    await ends.close();
  }
}

describe('putFile', () => {
  it('waits for a listing that lags behind, with growing waits', async () => {
    await using server = await uploadServer();
    server.mode = 'queue';
    const waits: number[] = [];
    const result = await upload(server, (wait) => {
      waits.push(wait);
      if (waits.length === 2) server.settle();
    });
    expect(result).toMatchObject({ outcome: 'done', status: 202 });
    expect(waits).toEqual([200, 400]);
  });

  it('does not take an answer for a fact: what is never listed is not confirmed', async () => {
    await using server = await uploadServer();
    server.freeze();
    server.listing = 'frozen';
    const waits: number[] = [];
    const error = await failureOf(upload(server, (wait) => waits.push(wait)));
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true, message: expect.stringContaining("'200 OK'") });
    expect(waits).toEqual([200, 400, 800, 1600]);
  });

  it('calls the file refused where the server says that it exists and the listing that it does not', async () => {
    await using server = await uploadServer();
    server.mode = { refuse: { status: 409 } };
    expect(await failureOf(upload(server, () => undefined))).toMatchObject({ code: 'REFUSED', status: 409 });
  });

  it('finds the file of somebody who was faster, and compares it', async () => {
    await using server = await uploadServer();
    server.mode = { refuse: { status: 409 } };
    const same = await upload(server, () => server.store('alpha-1.0-py3-none-any.whl', demoWheel('alpha', '1.0').bytes, 'alpha'));
    expect(same).toMatchObject({ outcome: 'not-needed', status: 409 });
    await using other = await uploadServer();
    other.mode = { refuse: { status: 409 } };
    const error = await failureOf(upload(other, () => other.store('alpha-1.0-py3-none-any.whl', 'other', 'alpha')));
    expect(error).toMatchObject({ code: 'CONFLICT' });
  });

  it('looks once and no longer after an interruption', async () => {
    await using server = await uploadServer();
    server.freeze();
    server.listing = 'frozen';
    const controller = new AbortController();
    const error = await failureOf(upload(server, () => controller.abort(), controller.signal));
    expect(error).toMatchObject({ code: 'UNREACHABLE' });
    expect(server.server.log().filter((line) => line === 'GET /simple/alpha/')).toHaveLength(3);
  });
});
