import { expect } from '@jest/globals';
import { connectUpload } from '../../src/destinations/connect-upload.ts';
import type { Credential } from '../../src/http/credential.ts';
import { createHttpClient } from '../../src/http/http-client.ts';
import { simpleIndex } from '../../src/indexes/simple-index.ts';
import { interop, labTest } from './support/lab.ts';
import { devpiUser } from './support/servers.ts';

/** What a server says of the right to write: `allowed`, or the code of the error. */
async function probed(url: string, server: 'devpi' | 'pypiserver', credential: Credential | undefined): Promise<string> {
  const http = createHttpClient({ version: '0', credentials: { for: () => Promise.resolve(credential) } });
  const anonymousHttp = createHttpClient({ version: '0' });
  try {
    const indexAt = (location: string) => simpleIndex({ name: 'there', location, serialization: 'auto', http });
    const destination = await connectUpload({ name: 'there', url, server, http, anonymousHttp, indexAt });
    return (await destination.probeWrite?.()) ?? 'absent';
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await http.close();
    await anonymousHttp.close();
  }
}

interop('the right to write', () => {
  labTest('is told by devpi before anything is sent, and nothing is stored', async (lab) => {
    const index = await (await lab.devpi()).createIndex('dev');
    expect(await probed(index, 'devpi', devpiUser)).toBe('allowed');
    expect(await probed(index, 'devpi', { ...devpiUser, password: 'wrong' })).toBe('UNAUTHORIZED');
    expect(await probed(index, 'devpi', undefined)).toMatch(/^(?:UNAUTHORIZED|FORBIDDEN)$/);
    const response = await fetch(index.replace(/\/$/, ''), { headers: { accept: 'application/json' } });
    expect(((await response.json()) as { result: { projects: unknown } }).result.projects).toEqual([]);
  });

  labTest('is told by pypiserver before anything is sent', async (lab) => {
    const { url } = await lab.pypiserver({ packages: lab.path('there'), users: { ci: 'right' } });
    expect(await probed(url, 'pypiserver', { username: 'ci', password: 'right' })).toBe('allowed');
    expect(await probed(url, 'pypiserver', { username: 'ci', password: 'wrong' })).toBe('FORBIDDEN');
    expect(await probed(url, 'pypiserver', undefined)).toBe('UNAUTHORIZED');
  });
});
