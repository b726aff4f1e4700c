import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Distribution } from '../../../src/library/distribution.ts';
import { Repository } from '../../../src/library/repository.ts';
import { wheelBytes } from '../../support/archives.ts';
import { collect } from '../../support/collect.ts';
import { failureOf } from '../../support/http.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';
import { uploadServer } from '../../support/upload-server.ts';

const newFolder = temporaryFolders();
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const { filename, bytes } = wheelBytes({ name: 'foo', version: '1.0' });

/** A server with one project, and a file that it does not have. */
async function setUp(): Promise<{ repository: Repository; dist: Distribution; folder: string }> {
  const server = await uploadServer();
  server.store(filename, bytes, 'foo');
  const repository = new Repository(server.url, { retry: { attempts: 1 } });
  open.push(server, repository);
  const folder = await newFolder();
  const fresh = wheelBytes({ name: 'bar', version: '1.0' });
  await writeFile(join(folder, fresh.filename), fresh.bytes);
  return { repository, dist: await Distribution.open(join(folder, fresh.filename)), folder };
}

type Call = (world: Awaited<ReturnType<typeof setUp>>, signal: AbortSignal) => Promise<unknown>;

async function remote({ repository }: { repository: Repository }) {
  const [dist] = await collect(repository.distributions('foo'));
  return dist!;
}

const calls: Readonly<Record<string, Call>> = {
  distributions: ({ repository }, signal) => collect(repository.distributions('foo', { signal })),
  projects: ({ repository }, signal) => collect(repository.projects({ signal })),
  project: ({ repository }, signal) => repository.project('foo', { signal }),
  destination: ({ repository }, signal) => repository.destination({ signal }),
  register: ({ repository, dist }, signal) => repository.register(dist, { signal }),
  upload: ({ repository, dist }, signal) => repository.upload(dist, { signal }),
  download: async (world, signal) => (await remote(world)).download({ to: world.folder, signal }),
  downloadFile: async (world, signal) => (await remote(world)).downloadFile({ to: world.folder, signal }),
  'download to a stream': async (world, signal) => (await remote(world)).download({ to: new PassThrough().resume(), signal }),
  stream: async (world, signal) => collect((await remote(world)).stream({ signal })),
  'download of what is there': async (world, signal) => {
    const dist = await remote(world);
    await dist.downloadFile({ to: world.folder });
    return await dist.downloadFile({ to: world.folder, signal });
  },
};

describe.each(Object.entries(calls))('%s under a signal that has aborted', (_name, call) => {
  it('fails with INTERRUPTED, whatever the reason of the signal', async () => {
    const world = await setUp();
    for (const reason of [undefined, new Error('enough'), 'enough']) {
      expect(await failureOf(call(world, AbortSignal.abort(reason)))).toMatchObject({ code: 'INTERRUPTED' });
    }
  });
});

describe('uploadAll under a signal that has aborted', () => {
  it('tells of each file that it was interrupted', async () => {
    const { repository, dist } = await setUp();
    await repository.destination();
    const outcomes: unknown[] = [];
    await repository.uploadAll([dist], {
      signal: AbortSignal.abort(new Error('enough')),
      onOutcome: (outcome) => void outcomes.push(outcome),
    });
    expect(outcomes).toMatchObject([{ dist, error: { code: 'INTERRUPTED' } }]);
  });
});
