import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { servers } from '../../../../src/destinations/servers/all.ts';
import { taskOutcome } from '../../../../src/destinations/servers/pulp-task.ts';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { coreMetadata } from '../../../support/distributions.ts';
import { httpClientFor } from '../../../support/http-clients.ts';
import { scriptedServer, type Reply } from '../../../support/scripted-server.ts';
import { connectTo, describeServer, uploadOf } from '../../../support/server-facts.ts';
import { uploadServer } from '../../../support/upload-server.ts';

describeServer({
  kind: 'pulp',
  path: '/pypi/main/legacy/',
  simplePath: '/pypi/main/simple/',
  stored: { status: 202, json: { task: '/pulp/api/v3/tasks/1/' } },
  storedIs: 'unclear',
  taken: [{ when: 'the name is taken', reply: { status: 400, reason: 'Package foo-1.0.tar.gz already exists in index' }, is: 'exists' }],
  refusals: [
    {
      when: 'uploads are switched off',
      reply: { status: 403, reason: 'Index is not allowing uploads' },
      is: 'FORBIDDEN',
      hint: 'allow_uploads',
    },
    {
      when: 'the distribution serves a publication',
      reply: { status: 400, reason: 'Index is not pointing to a repository' },
      is: 'REFUSED',
      hint: 'give the distribution a repository',
    },
    {
      when: 'no such distribution',
      reply: { status: 404, json: { detail: 'No PythonDistribution found for base_path main' } },
      is: 'REFUSED',
    },
    {
      when: 'no credentials',
      reply: { status: 401, json: { detail: 'Authentication credentials were not provided.' } },
      is: 'UNAUTHORIZED',
    },
    { when: 'a wrong password', reply: { status: 401, json: { detail: 'Invalid username/password.' } }, is: 'UNAUTHORIZED' },
    {
      when: 'a user who may only read',
      reply: { status: 403, json: { detail: 'You do not have permission to perform this action.' } },
      is: 'FORBIDDEN',
    },
    {
      when: 'a kind of file that it does not take',
      reply: { status: 400, json: { content: ['Extension on foo-1.0.tgz is not a valid python extension'] } },
      is: 'REFUSED',
    },
    { when: 'a field is wrong', reply: { status: 400, json: { sha256_digest: ['This field is required.'] } }, is: 'REFUSED' },
    { when: 'a proxy before it finds the file too large', reply: { status: 413 }, is: 'TOO_LARGE' },
  ],
  register: 'not-needed',
  looksFirst: true,
  patience: 60,
});

const task = '/pulp/api/v3/tasks/1/';
let http: HttpClient;
beforeEach(() => {
  http = httpClientFor();
});
afterEach(() => http.close());

/** What the task comes to whose states are these, and how long was waited. */
async function after(states: Reply | readonly Reply[], body: string = JSON.stringify({ task }), signal?: AbortSignal) {
  await using server = await scriptedServer({ [task]: states });
  const waited: number[] = [];
  const sleep = (milliseconds: number) => Promise.resolve(void waited.push(milliseconds));
  const asking = taskOutcome({ url: new URL(server.url('/pypi/main/legacy/')), body, http, signal, sleep });
  const result = await asking.catch((error: unknown) => error);
  return { result, waited, log: server.log() };
}

const state = (name: string, description?: string): Reply => ({
  json: { state: name, error: description === undefined ? null : { description } },
});

describe('a task of Pulp', () => {
  it('is asked for until it has completed', async () => {
    const { result, waited, log } = await after([state('waiting'), state('running'), state('completed')]);
    expect(result).toMatchObject({ outcome: 'done', status: 202 });
    expect(waited).toEqual([250, 500]);
    expect(log).toEqual(Array(3).fill(`GET ${task}`));
  });

  it('that changed nothing leaves it to the listing: the same bytes are there under the name that they first came with', async () => {
    const changed = (made: readonly string[]): Reply => ({ json: { state: 'completed', error: null, created_resources: made } });
    expect((await after(changed([]))).result).toMatchObject({ outcome: 'exists', reason: expect.stringContaining('changed nothing') });
    expect((await after(changed(['/pulp/api/v3/repositories/python/python/1/versions/1/']))).result).toMatchObject({ outcome: 'done' });
  });

  it.each(['failed', 'canceled'])('that %s is an error in its own words', async (name) => {
    const { result } = await after(state(name, 'not a \u001b[31mwheel'));
    expect(result).toMatchObject({ code: 'REFUSED', message: expect.stringMatching(new RegExp(`${name}: not a .*wheel`)) });
    expect(String(result)).not.toContain('\u001b');
  });

  it('that found the name taken leaves it to the listing whose bytes are there', async () => {
    expect(
      (await after(state('failed', "[ErrorDetail(string='Found duplicate packages being added with the same filename', code='invalid')]")))
        .result,
    ).toMatchObject({ outcome: 'exists' });
  });

  it('is given up after a minute', async () => {
    const { result, waited } = await after(state('running'));
    expect(result).toBeUndefined();
    expect(waited.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(60_000);
  });

  it.each([
    ['may not be seen', { status: 403 }],
    ['is hidden', { status: 404 }],
    ['is no task', { body: '<html>' }],
    ['does not answer', { drop: true }],
    ['redirects elsewhere', { status: 302, headers: { location: 'http://elsewhere.invalid/' } }],
  ])('that %s says nothing: the listing decides', async (_, reply: Reply) => {
    expect((await after(reply)).result).toBeUndefined();
  });

  it.each([
    ['of another origin', JSON.stringify({ task: 'http://elsewhere.invalid/pulp/api/v3/tasks/1/' })],
    ['that is no path of a task', JSON.stringify({ task: '/pulp/api/v3/users/' })],
    ['that is missing', '{}'],
    ['in no JSON', 'queued'],
  ])('%s is not asked for', async (_, body) => {
    const { result, log } = await after(state('completed'), body);
    expect({ result, log }).toEqual({ result: undefined, log: [] });
  });

  it('is no longer asked for after an interruption', async () => {
    expect((await after(state('completed'), undefined, AbortSignal.abort())).result).toBeUndefined();
  });

  it('decides what an upload came to', async () => {
    const options = { path: '/pypi/main/legacy/', simplePath: '/pypi/main/simple/', success: { status: 202, json: { task } } };
    await using queue = await uploadServer({ ...options, replies: { [task]: state('completed') } });
    const destination = await connectTo('pulp', queue, http);
    expect(await destination.put(await uploadOf('content'))).toMatchObject({ outcome: 'done', status: 202 });
    expect(queue.server.log()).toContain(`GET ${task}`);
  });
});

describe('the form for Pulp', () => {
  it('leaves out what it does not know and does not need', async () => {
    await using server = await uploadServer({ path: '/pypi/main/legacy/', simplePath: '/pypi/main/simple/' });
    const destination = await connectTo('pulp', server, http);
    const request = await uploadOf('content');
    const metadata = coreMetadata({ name: 'foo', version: '1.0', metadataVersion: '2.5' });
    await destination.put({ ...request, content: { ...request.content, metadata } });
    expect(server.files[0]!.fields).toMatchObject({ filetype: ['sdist'], name: ['foo'] });
    expect(server.files[0]!.fields['metadata_version']).toBeUndefined();
  });

  it('has no filetype of old kinds, which it knows by the filename only', async () => {
    const profile = await servers.pulp.profile?.({ url: new URL('https://pulp.example/pypi/main/legacy/'), http });
    const form = profile?.form?.([
      ['filetype', 'bdist_egg'],
      ['metadata_version', '2.4'],
      ['name', 'foo'],
    ]);
    expect(form).toEqual([
      ['metadata_version', '2.4'],
      ['name', 'foo'],
    ]);
  });

  it('is not made for files that it does not take', async () => {
    const profile = await servers.pulp.profile?.({ url: new URL('https://pulp.example/pypi/main/legacy/'), http });
    const file = { filename: 'foo-1.0.tar.xz', version: '1.0', packageType: 'sdist', hashes: {}, yanked: false } as const;
    expect(profile?.refuses(file)).toContain('does not take this kind of file');
    expect(profile?.refuses({ ...file, filename: 'foo-1.0.win32-py2.7.exe' })).toContain('does not take this kind of file');
    expect(profile?.refuses({ ...file, filename: 'foo-1.0.zip' })).toBeUndefined();
  });
});
