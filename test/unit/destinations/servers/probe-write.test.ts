import { describe, expect, it } from '@jest/globals';
import { servers } from '../../../../src/destinations/servers/all.ts';
import { withProbe } from '../../../../src/library/probed.ts';
import { failureOf, httpTools } from '../../../support/http.ts';
import type { RecordedRequest, Reply } from '../../../support/scripted-server.ts';

const { serve, client } = httpTools();
const right = { username: 'ci', password: 'canary-5ecret', from: { kind: 'variable', name: 'the variable ACME_TOKEN' } } as const;
const probing = Object.values(servers).flatMap(({ kind, probeWrite }) => (probeWrite === undefined ? [] : [{ kind, probeWrite }]));

/** What the probe of a kind comes to at a server that answers so. */
async function probed(
  probe: (typeof probing)[number]['probeWrite'],
  reply: (request: RecordedRequest) => Reply,
  credential: typeof right | undefined = right,
) {
  const server = await serve(reply);
  const http = client({ credentials: { for: () => Promise.resolve(credential) } });
  return { server, answer: probe({ url: new URL(server.url('/upload/')), http }) };
}

it('is known of those kinds of which it is known to do no harm', () => {
  expect(probing.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['pypi', 'devpi', 'pypiserver', 'gitea', 'pulp']));
  expect(probing).toHaveLength(5);
});

describe.each(probing)('the probe of $kind', ({ probeWrite }) => {
  it('sends a form without a file, once', async () => {
    const { server, answer } = await probed(probeWrite, () => ({ status: 400 }));
    expect(await answer).toBe('allowed');
    expect(server.log()).toEqual(['POST /upload/']);
    expect(server.requests[0]?.body.toString()).not.toMatch(/filename=|name="(?:content|name|version)"/);
  });

  it.each<readonly [Reply, string, string]>([
    [{ status: 401, body: 'got canary-5ecret' }, 'UNAUTHORIZED', 'rejected the credentials of the variable ACME_TOKEN (401'],
    [{ status: 403, body: 'got canary-5ecret' }, 'FORBIDDEN', 'does not allow this to the user whose credentials were sent (403'],
    [
      { status: 403, body: 'Invalid or non-existent authentication information.' },
      'UNAUTHORIZED',
      'rejected the credentials of the variable ACME_TOKEN',
    ],
    [{ status: 401, body: 'token is expired' }, 'UNAUTHORIZED', 'of the variable ACME_TOKEN as expired'],
  ])('fails for %j', async (reply, code, sentence) => {
    const error = await failureOf((await probed(probeWrite, () => reply)).answer);
    expect(error).toMatchObject({ code, message: expect.stringContaining(sentence) as unknown });
    expect(error.message).not.toContain('canary');
  });

  it.each<readonly [Reply]>([
    [{ status: 200 }],
    [{ status: 404 }],
    [{ status: 405 }],
    [{ status: 500 }],
    [{ status: 302, headers: { location: 'https://evil.example/' } }],
    [{ drop: true }],
  ])('knows nothing after %j', async (reply) => {
    expect(await (await probed(probeWrite, () => reply)).answer).toBe('unknown');
  });

  it('says that credentials are needed where there are none', async () => {
    const { answer } = await probed(probeWrite, () => ({ status: 401 }), undefined);
    expect(await failureOf(answer)).toMatchObject({ code: 'UNAUTHORIZED' });
  });
});

describe('a destination that is probed', () => {
  it('is asked once before its first write, and never written where the answer is no', async () => {
    const done: string[] = [];
    let answers: () => Promise<'allowed'> = () => (done.push('probe'), Promise.resolve('allowed'));
    const base = {
      traits: { register: 'done' },
      probeWrite: () => answers(),
      put: () => (done.push('put'), Promise.resolve({ outcome: 'done' })),
      register: () => (done.push('register'), Promise.resolve({ outcome: 'done' })),
    } as unknown as Parameters<typeof withProbe>[0];
    const destination = withProbe(base);
    const request = {} as never;
    await Promise.all([destination.put(request), destination.put(request)]);
    await destination.register(request);
    expect(done).toEqual(['probe', 'put', 'put', 'register']);
    answers = () => Promise.reject(new Error('no'));
    const other = withProbe(base);
    await expect(other.put(request)).rejects.toThrow('no');
    await expect(other.register(request)).rejects.toThrow('no');
    expect(done).toHaveLength(4);
  });
});
