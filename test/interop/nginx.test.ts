import { expect } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';

import { type Certificate, createAuthority } from './support/certificates.ts';
import { interop, type Lab, labTest } from './support/lab.ts';
import { mirrorEverything } from './support/mirror.ts';
import { documentedSite, type Site } from './support/nginx-docs.ts';
import { htpasswd, nginx, startNginx } from './support/nginx.ts';
import { distributionDigests } from './support/packages.ts';
import { devpiUser, type Server } from './support/servers.ts';
import { expectInSync, only, planCounts } from './support/summary.ts';

const packages = { six: '*', colorama: '*' };
const files = 6;
const publisher = { username: 'publisher', passwordEnv: 'PUBLISHER_PASSWORD' };
const sdist = 'six-1.17.0.tar.gz';

interface Gate {
  readonly certificate: Certificate;
  /** Path of the authority's PEM. */
  readonly authority: string;
  /** Path of the password file: publisher, and devpi's user. */
  readonly passwords: string;
  /** For commands that trust the authority. */
  readonly env: NodeJS.ProcessEnv;
}

async function gate(lab: Lab): Promise<Gate> {
  const authority = await createAuthority(lab.path('authority'));
  const passwords = lab.path('passwords');
  await writeFile(passwords, htpasswd({ publisher: 'right', [devpiUser.username]: devpiUser.password }));
  return {
    certificate: await authority.issue(['IP:127.0.0.1']),
    authority: authority.certificate,
    passwords,
    env: { NODE_EXTRA_CA_CERTS: authority.certificate, PUBLISHER_PASSWORD: 'right' },
  };
}

/** nginx as documented, with TLS and passwords. @param change what this test wants otherwise in the text of the site */
async function guarded(
  lab: Lab,
  { certificate, passwords }: Gate,
  serves: Site['serves'],
  change = (site: string) => site,
): Promise<Server> {
  const site = await documentedSite({ serves, passwords });
  return startNginx(lab, { http: site.http ?? '', server: change(site.server), tls: certificate });
}

/** The four ways to write, each with what it needs to reach `url` as `publisher`. */
async function writers(lab: Lab, url: string, source = lab.packages): Promise<readonly (readonly string[])[]> {
  await lab.manifest({ source, destination: { type: 'upload', url, auth: publisher }, packages });
  const destination = ['--destination-url', url, '--destination-username', 'publisher'];
  return [
    ['plan'],
    ['apply', '--yes'],
    ['sync', '--source-url', source, ...destination, 'six'],
    ['upload', join(lab.packages, sdist), ...destination],
  ];
}

interop(
  'behind nginx',
  () => {
    labTest('a directory with TLS and a password is read as JSON, and installed from by pip and uv', async (lab) => {
      await mirrorEverything(lab);
      const at = await gate(lab);
      const { url } = await guarded(lab, at, { folder: lab.path('mirror') });
      const index = url.replace('://', '://publisher:right@') + 'simple/';
      const requirements = ['python-dateutil', 'attrs==23.1.0', 'Typing.Extensions'];
      const pip = ['install', '--no-cache-dir', '--only-binary=:all:', '--index-url', index, '--target', 'by-pip', ...requirements];
      expect((await lab.command(lab.tools.pip, pip, { env: { PIP_CERT: at.authority } })).code).toBe(0);
      const uv = [
        'pip',
        'install',
        '--no-cache',
        '--python',
        lab.tools.python,
        '--default-index',
        index,
        '--target',
        'by-uv',
        ...requirements,
      ];
      expect((await lab.command(lab.tools.uv, uv, { env: { SSL_CERT_FILE: at.authority } })).code).toBe(0);
      for (const target of ['by-pip', 'by-uv']) {
        const code = 'import attr, dateutil, six, typing_extensions; print(attr.__version__, dateutil.__version__, six.__version__)';
        expect(await lab.python(code, lab.path(target))).toBe('23.1.0 2.9.0.post0 1.17.0');
      }

      const source = { url: new URL('simple/', url).href, serialization: 'json', auth: publisher };
      await lab.manifest({ source, destination: './copy', all: true, defaults: { prereleases: true } }, 'copy.json');
      const copied = await lab.pkgsync(['apply', '--yes', '--manifest', 'copy.json', '--lockfile', 'copy.lock'], { env: at.env });
      expect(copied.code).toBe(0);
      expect(await distributionDigests(lab.path('copy'))).toEqual(await distributionDigests(lab.packages));

      expect(await statuses(url, at, ['simple/', '.pkgsync/', 'simple/six/'])).toEqual([401, 404, 401]);
      expect(await statuses(url, at, ['simple/', '.pkgsync/', 'simple/six/', 'simple/none/'], 'publisher:right')).toEqual([
        200, 404, 200, 404,
      ]);
    });

    labTest('compression of everything damages nothing, on the way there and on the way back', async (lab) => {
      const at = await gate(lab);
      const eager = (site: string) => `gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;\n${site}`;
      const pypiserver = await lab.pypiserver({ packages: lab.path('there') });
      const proxied = await guarded(lab, at, { upstream: pypiserver.url }, eager);
      await lab.manifest({ source: lab.packages, destination: { type: 'upload', url: proxied.url, auth: publisher }, packages });
      expect((await lab.pkgsync(['apply', '--yes'], { env: at.env })).code).toBe(0);
      await expectInSync(lab, files, [], at.env);

      const source = { url: proxied.url, auth: publisher };
      await lab.manifest({ source, destination: './mirror', packages }, 'back.json');
      expect((await lab.pkgsync(['apply', '--yes', '--manifest', 'back.json', '--lockfile', 'back.lock'], { env: at.env })).code).toBe(0);
      const back = await distributionDigests(lab.path('mirror'));
      expect(Object.keys(back)).toHaveLength(files);
      expect(await distributionDigests(lab.packages)).toMatchObject(back);

      const served = await guarded(lab, at, { folder: lab.path('mirror') }, eager);
      const again = { url: new URL('simple/', served.url).href, auth: publisher };
      await lab.manifest({ source: again, destination: './again', packages }, 'again.json');
      expect((await lab.pkgsync(['apply', '--yes', '--manifest', 'again.json', '--lockfile', 'again.lock'], { env: at.env })).code).toBe(0);
      expect(await distributionDigests(lab.path('again'))).toEqual(back);
      const page = await fetched(new URL('simple/six/', served.url), at, { 'accept-encoding': 'gzip' });
      expect(page.headers['content-encoding']).toBe('gzip');
    });

    labTest('a wrong password is one sentence and 26, whatever was asked for', async (lab) => {
      const at = await gate(lab);
      const pypiserver = await lab.pypiserver({ packages: lab.path('there') });
      const { url } = await guarded(lab, at, { upstream: pypiserver.url });
      const env = { ...at.env, PUBLISHER_PASSWORD: 'wrong-secret', PKGSYNC_DESTINATION_PASSWORD: 'wrong-secret' };
      const sentence = `cannot find out what kind of server it is: ${url} rejected the credentials`;
      for (const args of await writers(lab, url)) {
        const refused = await lab.pkgsync(args, { env });
        expect({ args, code: refused.code, stdout: refused.stdout }).toEqual({ args, code: 26, stdout: '' });
        expect(refused.stderr).toMatch(
          new RegExp(`^error: ${literally(sentence)}( of [^\\n]+)? \\(401 Unauthorized\\)\\n  [^\\n]*password[^\\n]*\\n$`),
        );
        expect(refused.transcript).not.toContain('wrong-secret');
      }
      expect(await readdir(lab.path('there'))).toEqual([]);
    });

    labTest('a certificate that cannot be trusted is one sentence that says what helps, and 27', async (lab) => {
      const at = await gate(lab);
      const authority = await createAuthority(lab.path('other-authority'));
      const trust = { NODE_EXTRA_CA_CERTS: authority.certificate, PUBLISHER_PASSWORD: 'right' };
      const cases = [
        [
          await authority.issue(['IP:127.0.0.1']),
          {},
          'its certificate is from an authority that is not trusted here, or it does not send the certificates in between',
          '--ca-file',
        ],
        [await authority.issue(['IP:127.0.0.1'], '20210101000000Z'), trust, 'its certificate has expired', 'renew the certificate there'],
        [
          await authority.issue(['DNS:other.example']),
          trust,
          'its certificate is for another name (DNS:other.example)',
          'write the address with a name that stands in the certificate',
        ],
      ] as const;
      const pypiserver = await lab.pypiserver({ packages: lab.packages });
      for (const [certificate, trusted, because, hint] of cases) {
        const server = await guarded(lab, { ...at, certificate }, { upstream: pypiserver.url });
        const env = { PUBLISHER_PASSWORD: 'right', PKGSYNC_DESTINATION_PASSWORD: 'right', ...trusted };
        const { url } = server;
        const sentence = `no secure connection to ${new URL(url).origin}: ${because}`;
        for (const args of await writers(lab, url)) {
          const failed = await lab.pkgsync(args, { env });
          expect({ args, code: failed.code, stdout: failed.stdout }).toEqual({ args, code: 27, stdout: '' });
          expect(failed.stderr).toMatch(new RegExp(`^error: ${literally(sentence)}\\n  .*${literally(hint)}.*\\n$`));
        }
        await lab.manifest({ source: { url, auth: publisher }, destination: './mirror', packages: { six: '*' } });
        const read = await lab.pkgsync(['plan'], { env });
        expect(read.code).toBe(27);
        expect(read.stdout).toContain(sentence);
        await server.stop();
      }
    });

    labTest('a file that is too large for nginx is one sentence and 29, and the others arrive', async (lab) => {
      const at = await gate(lab);
      const pypiserver = await lab.pypiserver({ packages: lab.path('there') });
      const small = (site: string) => site.replace('client_max_body_size 1g', 'client_max_body_size 30k');
      const { url } = await guarded(lab, at, { upstream: pypiserver.url }, small);
      const env = { ...at.env, PKGSYNC_DESTINATION_PASSWORD: 'right' };
      const [, ...writing] = await writers(lab, url);
      const sentence = `cannot upload ${sdist}: ${url} does not take a file of this size (413 Request Entity Too Large)`;
      for (const args of writing) {
        const refused = await lab.pkgsync(args, { env });
        expect({ args, code: refused.code }).toEqual({ args, code: 29 });
        expect(refused.transcript).toContain(`${sentence}\n`);
        expect(refused.transcript).toContain('  raise the limit of the server (or of the proxy before it), or ');
      }
      const arrived = ['six-1.16.0-py2.py3-none-any.whl', 'six-1.17.0-py2.py3-none-any.whl', 'six-1.5.0.tar.gz'];
      expect((await readdir(lab.path('there'))).sort()).toEqual(arrived);
      const left = only({ 'to register': 1, 'to upload': 3, unchanged: arrived.length });
      expect(planCounts(await lab.pkgsync(['plan', '--locked'], { env }))).toEqual(left);
    });

    labTest('a server without room (507) or behind a dead proxy (502) leaves nothing half-written', async (lab) => {
      const at = await gate(lab);
      const pypiserver = await lab.pypiserver({ packages: lab.path('there') });
      const full = await guarded(lab, at, { upstream: pypiserver.url }, (site) => `if ($request_method = POST) { return 507; }\n${site}`);
      const env = { ...at.env, PKGSYNC_DESTINATION_PASSWORD: 'right' };
      const [, ...writing] = await writers(lab, full.url);
      for (const args of writing) {
        const refused = await lab.pkgsync(args, { env });
        expect({ args, code: refused.code }).toEqual({ args, code: 29 });
        expect(refused.transcript).toContain(`cannot upload ${sdist}: ${full.url} refused it (507 Insufficient Storage)\n`);
        expect(refused.transcript).toContain('  the server has no room left: make some there, and run the same command again\n');
      }
      expect(await readdir(lab.path('there'))).toEqual([]);

      await pypiserver.stop();
      for (const args of await writers(lab, full.url)) {
        const unreachable = await lab.pkgsync(args, { env });
        expect({ args, code: unreachable.code }).toEqual({ args, code: 27 });
        expect(unreachable.transcript).toContain('cannot answer at the moment (502 Bad Gateway)');
      }
    });

    labTest('devpi is recognised behind a password, and what it inherits or has already is told apart', async (lab) => {
      const at = await gate(lab);
      const devpi = await lab.devpi();
      await devpi.createIndex('dev');
      const root = await guarded(lab, at, { upstream: devpi.url });
      const url = new URL('ci/dev/', root.url).href;
      const auth = { username: devpiUser.username, passwordEnv: 'DEVPI_PASSWORD' };
      const env = { ...at.env, DEVPI_PASSWORD: devpiUser.password };
      await lab.manifest({ source: lab.packages, destination: { type: 'upload', url, auth }, packages });
      const planned = await lab.pkgsync(['plan'], { env });
      expect(planned.stdout).toMatch(new RegExp(`^Destination ${literally(url)} \\(devpi [0-9.]+, volatile index\\)\\n`));
      expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);
      await expectInSync(lab, files, [], env);
      const sixes = files - 2;
      const narrower = { ...packages, six: '>=1.17' };
      await lab.manifest({ source: lab.packages, destination: { type: 'upload', url, auth }, packages: narrower, prune: 'tombstoned' });
      const pruned = await lab.pkgsync(['apply', '--yes'], { env });
      expect(pruned.code).toBe(0);
      expect(planCounts(pruned)).toEqual(only({ 'to remove': sixes - 2, unchanged: files - 2 }));
    });

    labTest('devpi that is taken for an unknown server is not taken for an empty one', async (lab) => {
      const devpi = await lab.devpi();
      const url = await devpi.createIndex('dev');
      const auth = { username: devpiUser.username, passwordEnv: 'DEVPI_PASSWORD' };
      const env = { DEVPI_PASSWORD: devpiUser.password };
      await lab.manifest({ source: lab.packages, destination: { type: 'upload', url, server: 'generic', auth }, packages });
      const refused = await lab.pkgsync(['apply', '--yes'], { env });
      expect(refused.code).toBe(27);
      expect(planCounts(refused)).toEqual(only({ blocked: 2 }));
      expect(refused.stdout).toContain(`no simple API is at ${url}simple/ (404)`);
    });
  },
  nginx,
);

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function fetched(url: URL, { authority }: Gate, headers: Readonly<Record<string, string>>, login = 'publisher:right') {
  const agent = new Agent({ connect: { ca: await readFile(authority, 'utf8') } });
  const authorization = login === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  const answer = await request(url, { dispatcher: agent, headers: { ...headers, ...authorization } });
  await answer.body.dump();
  await agent.close();
  return answer;
}

async function statuses(root: string, at: Gate, paths: readonly string[], login = ''): Promise<number[]> {
  return Promise.all(paths.map(async (path) => (await fetched(new URL(path, root), at, {}, login)).statusCode));
}
