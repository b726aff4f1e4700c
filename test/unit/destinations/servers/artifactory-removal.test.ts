import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { removeFromArtifactory } from '../../../../src/destinations/servers/artifactory-removal.ts';
import type { HttpClient } from '../../../../src/http/http-client.ts';
import { digestsOf } from '../../../support/distributions.ts';
import { httpClientFor } from '../../../support/http-clients.ts';
import { byBasic, describeRemoval, digestsTold, foo, sdist } from '../../../support/removal-facts.ts';
import { scriptedServer, type Reply, type ScriptedServer } from '../../../support/scripted-server.ts';

const path = '/artifactory/api/pypi/pypi-local';
const stored = `/artifactory/api/storage/pypi-local/files/${sdist}`;
const info = (more: object = {}): Reply => ({
  json: { repo: 'pypi-local', path: `/files/${sdist}`, checksums: digestsOf('content'), ...more },
});

describeRemoval({
  kind: 'artifactory',
  path,
  simplePath: `${path}/simple/`,
  lookups: (told) => ({ [stored]: told.filename === undefined ? info({ checksums: digestsTold(told) }) : { status: 404 } }),
  asked: [stored],
  deleted: `/artifactory/pypi-local/files/${sdist}`,
  unnamed: 'done',
  rights: 'Delete/Overwrite',
  credentials: byBasic,
});

describe('a removal from Artifactory', () => {
  let server: ScriptedServer;
  let http: HttpClient;
  beforeEach(async () => {
    server = await scriptedServer();
    http = httpClientFor();
  });
  afterEach(async () => {
    await http.close();
    await server.close();
  });

  async function removal(url: string, reply: Reply = info(), upload = path, filename = sdist) {
    server.use(({ method }) => (method === 'GET' ? reply : { status: 204 }));
    const hashes = { sha256: digestsOf('content').sha256 };
    const file = { name: foo, filename, version: '1.0', packageType: 'sdist', url, hashes, yanked: false } as const;
    return removeFromArtifactory(new URL(server.url(upload)), http, { file, together: [file] });
  }
  const deleted = () => server.log().filter((line) => line.startsWith('DELETE'));

  it('takes the path from the listed URL, as it is encoded there', async () => {
    await removal(server.url(`${path}/foo/1.0+a/foo-1.0%2Ba.tar.gz#sha256=1`), info(), path, 'foo-1.0+a.tar.gz');
    expect(deleted()).toEqual(['DELETE /artifactory/pypi-local/foo/1.0+a/foo-1.0%2Ba.tar.gz']);
  });

  it.each([
    ['another repository', `/artifactory/api/pypi/pypi-local2/foo/${sdist}`],
    ['another name', `${path}/foo/foo-2.0.tar.gz`],
    ['a way out', `${path}/../../../secret/${sdist}`],
  ])('asks nobody where the file is listed under %s', async (_, at) => {
    await expect(removal(server.url(at))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('outside the repository'),
    });
    expect(server.requests).toEqual([]);
  });

  it('asks nobody where the file is listed at another host', async () => {
    await expect(removal(`http://other.example${path}/foo/${sdist}`)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(server.requests).toEqual([]);
  });

  it.each([['pypi-remote-cache'], [undefined]])('deletes nothing that is a file of the repository %s', async (repo) => {
    await expect(removal(server.url(`${path}/foo/${sdist}`), info({ repo }))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(deleted()).toEqual([]);
  });

  it('works without a path of its own, and knows only the address of a repository', async () => {
    await removal(server.url(`/api/pypi/pypi-local/foo/1.0/${sdist}`), info(), '/api/pypi/pypi-local/');
    expect(server.log()).toEqual([`GET /api/storage/pypi-local/foo/1.0/${sdist}`, `DELETE /pypi-local/foo/1.0/${sdist}`]);
    await expect(removal('http://x.example/', info(), '/elsewhere')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
