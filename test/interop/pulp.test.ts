import { expect } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';

import { type BuiltFile, eggBytes, sdistBytes, wheelBytes, wininstBytes } from '../support/archives.ts';
import { interop, type Lab, labTest } from './support/lab.ts';
import { downloadedDigests } from './support/listing.ts';
import { everything } from './support/mirror.ts';
import { distributionDigests, projectsOf } from './support/packages.ts';
import { pulp, pulpAdmin, type PulpIndex, pulpIndex, type PulpUser, sharedPulp } from './support/pulp.ts';
import { expectInSync, only, planCounts } from './support/summary.ts';

const auth = { username: pulpAdmin.username, passwordEnv: 'PULP_PASSWORD' };
const env = { PULP_PASSWORD: pulpAdmin.password };

/** A folder of these files, to be read from. */
async function folderOf(lab: Lab, name: string, files: readonly BuiltFile[]): Promise<string> {
  await mkdir(lab.path(name));
  for (const { filename, bytes } of files) await writeFile(lab.path(name, filename), bytes);
  return `./${name}`;
}

const destinationOf = ({ url }: PulpIndex, user: PulpUser = pulpAdmin) => ({
  type: 'upload',
  url,
  auth: { ...auth, username: user.username },
});

/** Content files of the index, as Pulp itself counts them. */
async function filesIn(index: PulpIndex): Promise<number> {
  const summary = await fetch(new URL('../', index.url));
  expect(summary.status).toBe(200);
  const { files } = (await summary.json()) as { readonly files: number };
  return files;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const wheel = (text: string): BuiltFile => wheelBytes({ name: 'demo', version: '1.0', files: { 'demo.py': text } });

/** Calls wait until there are as many as this. */
function barrierFor(count: number): () => Promise<void> {
  let waiting = 0;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return () => {
    if (++waiting === count) open();
    return opened;
  };
}

interop(
  'Pulp',
  () => {
    labTest(
      'takes every package byte for byte, and is installed from by pip and uv',
      async (lab) => {
        // Pulp stores one file after the other, and not fast: these are what the requirements below need, and some with odd names.
        const chosen = ['attrs', 'jinja2', 'markupsafe', 'mock', 'python-dateutil', 'six', 'zope-event'];
        const original = Object.fromEntries(
          Object.entries(await distributionDigests(lab.packages)).filter(([filename]) =>
            chosen.includes(projectsOf({ [filename]: '' })[0]!),
          ),
        );
        const files = Object.keys(original).length;
        const projects = projectsOf(original);
        const index = await pulpIndex(lab);
        const { front } = await sharedPulp(lab);
        const before = front.seen.length;

        const patient = { env, timeout: 600_000 };
        const packages = Object.fromEntries(chosen.map((name) => [name, '*']));
        await lab.manifest({ source: lab.packages, destination: destinationOf(index), packages, defaults: everything.defaults });
        const planned = await lab.pkgsync(['plan'], patient);
        expect(planned.stdout).toContain(`${index.url} (Pulp)`);
        expect(planCounts(planned)).toEqual(only({ 'to register': projects.length, 'to upload': files }));
        expect((await lab.pkgsync(['apply', '--yes'], patient)).code).toBe(0);
        expect(await downloadedDigests(index.simpleUrl, projects)).toEqual(original);
        await expectInSync(lab, files, [], env);
        const tasks = front.seen.slice(before).filter((line) => /^GET \/pulp\/api\/v3\/tasks\/[^/]+\/ 200$/.test(line));
        expect(front.seen.filter((line) => line === `POST ${new URL(index.url).pathname} 202`)).toHaveLength(files);
        expect(new Set(tasks).size).toBe(files);

        const requirements = ['python-dateutil', 'attrs==23.1.0', 'Jinja2==3.0.0rc1', 'MarkupSafe==2.1.5'];
        const common = ['--no-build-isolation', ...requirements];
        const byPip = ['install', '--no-cache-dir', '--index-url', index.simpleUrl, '--target', lab.path('pip'), ...common];
        expect((await lab.pip(byPip)).code).toBe(0);
        const byUv = [
          '--no-cache',
          '--python',
          lab.tools.python,
          '--default-index',
          index.simpleUrl,
          '--target',
          lab.path('uv'),
          ...common,
        ];
        expect((await lab.uv(['pip', 'install', ...byUv])).code).toBe(0);
        for (const target of ['pip', 'uv']) {
          const report = 'import attr, dateutil; from importlib.metadata import version; print(attr.__version__, version("jinja2"))';
          expect(await lab.python(report, lab.path(target))).toBe('23.1.0 3.0.0rc1');
        }
      },
      900_000,
    );

    labTest('is a source for another of its indexes, also where that serves a publication', async (lab) => {
      const [first, second, third] = [await pulpIndex(lab), await pulpIndex(lab), await pulpIndex(lab)];
      const server = await sharedPulp(lab);
      const packages = { six: '*', colorama: '*', 'zope.event': '*' };
      const copy = async (source: string, to: PulpIndex): Promise<void> => {
        await lab.manifest({ source, destination: destinationOf(to), packages });
        expect((await lab.pkgsync(['apply', '--yes', '--lockfile', `${to.name}.lock`], { env })).code).toBe(0);
      };
      await copy(lab.packages, first);
      await copy(first.simpleUrl, second);
      const there = await downloadedDigests(first.simpleUrl, ['colorama', 'six', 'zope-event']);
      expect(await distributionDigests(lab.packages)).toMatchObject(there);
      expect(await downloadedDigests(second.simpleUrl, ['colorama', 'six', 'zope-event'])).toEqual(there);

      // Its simple API redirects to where files are served, which has pages of HTML only.
      const { created_resources: created } = await server.api('POST', '/pulp/api/v3/publications/python/pypi/', {
        repository: second.repository,
      });
      const [publication] = created as readonly string[];
      const published = await pulpIndex(lab, { distribution: { repository: null, publication } });
      await copy(published.simpleUrl, third);
      expect(server.front.seen).toContain(`GET ${new URL(published.simpleUrl).pathname}six/ 302`);
      expect(await downloadedDigests(third.simpleUrl, ['colorama', 'six', 'zope-event'])).toEqual(there);
    });

    labTest('stops with 26 for a wrong password and for users without the right, and takes nothing from them', async (lab) => {
      const index = await pulpIndex(lab);
      const server = await sharedPulp(lab);
      const users = ['stranger', 'viewer', 'owner'].map((username) => ({ username, password: `${username}-password-1` }));
      const [stranger, viewer, owner] = users as [PulpUser, PulpUser, PulpUser];
      await server.createUser(stranger, [], index);
      await server.createUser(viewer, ['python.pythonrepository_viewer'], index);
      await server.createUser(owner, ['python.pythonrepository_owner'], index);
      const source = await folderOf(lab, 'here', [wheel('rights')]);
      const applyAs = async (user: PulpUser, password = user.password) => {
        await lab.manifest({ source, destination: destinationOf(index, user), packages: { demo: '*' } });
        return lab.pkgsync(['apply', '--yes'], { env: { PULP_PASSWORD: password } });
      };
      const wrong = await applyAs(owner, 'not-the-password');
      expect(wrong).toMatchObject({
        code: 26,
        stdout: expect.stringContaining('rejected the credentials of the variable PULP_PASSWORD (401'),
      });
      expect(wrong.transcript).not.toContain('not-the-password');
      expect(await applyAs(stranger)).toMatchObject({ code: 26, stderr: expect.stringContaining('You do not have permission') });
      expect(await applyAs(viewer)).toMatchObject({ code: 26, stderr: expect.stringContaining('You do not have permission') });
      expect(await filesIn(index)).toBe(0);
      expect((await applyAs(owner)).code).toBe(0);
      expect(await filesIn(index)).toBe(1);
    });

    labTest('says what is set wrong where a distribution takes no uploads', async (lab) => {
      const source = await folderOf(lab, 'here', [wheel('closed')]);
      const applyTo = async (index: PulpIndex) => {
        await lab.manifest({ source, destination: destinationOf(index), packages: { demo: '*' } });
        return lab.pkgsync(['apply', '--yes'], { env });
      };
      const closed = await applyTo(await pulpIndex(lab, { distribution: { allow_uploads: false } }));
      expect(closed).toMatchObject({ code: 26, stderr: expect.stringContaining('the distribution has allow_uploads set to false') });
      const without = await applyTo(await pulpIndex(lab, { distribution: { repository: null } }));
      expect(without).toMatchObject({ code: 29, stdout: expect.stringContaining('give the distribution a repository') });
      const index = await pulpIndex(lab);
      const missing = await applyTo({ ...index, url: index.url.replace(index.name, 'no-such-index') });
      expect(missing).toMatchObject({ code: 29, stderr: expect.stringContaining('No PythonDistribution found') });
    });

    labTest('is never sent other bytes under a name that it has: a mismatch with both digests', async (lab) => {
      const index = await pulpIndex(lab);
      const [one, two] = [wheel('one'), wheel('two')];
      await lab.manifest({ source: await folderOf(lab, 'one', [one]), destination: destinationOf(index), packages: { demo: '*' } });
      expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);

      await lab.manifest({ source: await folderOf(lab, 'two', [two]), destination: destinationOf(index), packages: { demo: '*' } });
      const planned = await lab.pkgsync(['plan', '--lockfile', 'two.lock', '--json'], { env });
      expect(planned.stdout).toContain(sha256(one.bytes));
      expect(planned.stdout).toContain(sha256(two.bytes));
      const refused = await lab.pkgsync(['apply', '--yes', '--lockfile', 'two.lock'], { env });
      expect(planCounts(refused)).toEqual(only({ mismatch: 1 }));
      expect(refused.code).not.toBe(0);
      expect(await downloadedDigests(index.simpleUrl, ['demo'])).toEqual({ [one.filename]: sha256(one.bytes) });
    });

    labTest('that lists late is waited for, and a file that others brought meanwhile is judged by its bytes', async (lab) => {
      const index = await pulpIndex(lab);
      const { front } = await sharedPulp(lab);
      const [one, two] = [wheel('late'), wheel('later')];
      const source = await folderOf(lab, 'one', [one]);
      const page = `${new URL(index.simpleUrl).pathname}demo/`;
      const upload = new URL(index.url).pathname;
      /** The project is hidden until something is uploaded, and from the next looks then. */
      const hide = (looks: number): void => {
        let forms = 0;
        let posted = false;
        front.intercept = ({ method, url }, outgoing) => {
          if (url !== page || (posted && looks-- <= 0)) {
            // The first form only asks for the right to upload.
            forms += method === 'POST' && url === upload ? 1 : 0;
            posted = forms > 1;
            return false;
          }
          outgoing.writeHead(404).end();
          return true;
        };
      };
      try {
        await lab.manifest({ source, destination: destinationOf(index), packages: { demo: '*' } });
        hide(3);
        expect(await lab.pkgsync(['apply', '--yes'], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2 done') });
        expect(front.seen.slice(front.seen.indexOf(`POST ${upload} 202`)).filter((line) => line === `GET ${page} 404`)).toHaveLength(3);

        // Brought by somebody else after the plan looked and before the upload: Pulp refuses the name, whatever the bytes.
        hide(0);
        const same = await lab.pkgsync(['apply', '--yes'], { env });
        expect(same).toMatchObject({ code: 0 });
        await lab.manifest({ source: await folderOf(lab, 'two', [two]), destination: destinationOf(index), packages: { demo: '*' } });
        hide(0);
        const other = await lab.pkgsync(['apply', '--yes', '--lockfile', 'two.lock'], { env });
        expect(other.code).toBe(22);
        expect(other.stderr).toContain(sha256(two.bytes));
        expect(other.stderr).toContain(sha256(one.bytes));
        // Two refusals of the name, and each of the three runs asked for the right to upload.
        expect(front.seen.filter((line) => line === `POST ${upload} 400`)).toHaveLength(5);
      } finally {
        front.intercept = undefined;
      }
    });

    labTest('takes old and new kinds of files, odd versions and metadata of any version', async (lab) => {
      const index = await pulpIndex(lab);
      const files = [
        wheelBytes({ name: 'newest', version: '1.0', metadataVersion: '2.5' }),
        wheelBytes({ name: 'odd', version: '1!2.0+local.1' }),
        sdistBytes({ name: 'zipped', version: '1.0', extension: '.zip' }),
        eggBytes({ name: 'ovum', version: '1.0', metadataVersion: '1.0' }),
        wheelBytes({ name: 'Spelled.Oddly', version: '1.0', pyTag: 'py2.py3', requiresPython: '>=3.8' }),
      ];
      await lab.manifest({ source: await folderOf(lab, 'here', files), destination: destinationOf(index), ...everything });
      expect(await lab.pkgsync(['apply', '--yes'], { env })).toMatchObject({ code: 0 });
      const digests = Object.fromEntries(files.map(({ filename, bytes }) => [filename, sha256(bytes)]));
      const projects = ['newest', 'odd', 'zipped', 'ovum', 'spelled-oddly'];
      const sorted = Object.fromEntries(Object.entries(digests).sort(([a], [b]) => (a < b ? -1 : 1)));
      expect(await downloadedDigests(index.simpleUrl, projects)).toEqual(sorted);
      await expectInSync(lab, files.length, [], env);
    });

    labTest('is not sent what it cannot store, and what it fails to store is an error in its words', async (lab) => {
      const index = await pulpIndex(lab);
      const files = [
        wininstBytes({ name: 'setup', version: '1.0' }),
        sdistBytes({ name: 'tgz', version: '1.0', extension: '.tgz' }),
        sdistBytes({ name: 'bare', version: '1.0', metadata: false }),
      ];
      await lab.manifest({ source: await folderOf(lab, 'here', files), destination: destinationOf(index), ...everything });
      const applied = await lab.pkgsync(['apply', '--yes'], { env });
      expect(planCounts(applied)).toMatchObject({ blocked: 2, 'to upload': 1 });
      expect(applied.stderr).toMatch(/Pulp took the file and did not store it: .*\/tasks\/.* failed: /);
      expect(applied.code).not.toBe(0);
      expect(await filesIn(index)).toBe(0);
    });

    labTest('gives back what left the rule, one file at a time, to those who may', async (lab) => {
      const index = await pulpIndex(lab);
      const server = await sharedPulp(lab);
      const old = [wheelBytes({ name: 'demo', version: '1.0' }), sdistBytes({ name: 'demo', version: '1.0' })];
      const kept = wheelBytes({ name: 'demo', version: '2.0' });
      const source = await folderOf(lab, 'here', [...old, kept]);
      await lab.manifest({ source, destination: destinationOf(index), packages: { demo: '*' } });
      expect((await lab.pkgsync(['apply', '--yes'], { env })).code).toBe(0);

      const owner = { username: 'remover', password: 'remover-password-1' };
      await server.createUser(owner, ['python.pythonrepository_owner'], index);
      const pruned = (user: PulpUser) => ({
        source,
        destination: destinationOf(index, user),
        packages: { demo: '>=2' },
        prune: 'tombstoned',
      });
      const asOwner = { env: { PULP_PASSWORD: owner.password } };
      await lab.manifest(pruned(owner));
      const refused = await lab.pkgsync(['apply', '--yes'], asOwner);
      expect(planCounts(refused)).toEqual(only({ 'to remove': 2, unchanged: 1 }));
      expect(refused).toMatchObject({ code: 26, stdout: expect.stringContaining('python.pythondistribution_viewer') });
      expect(await filesIn(index)).toBe(3);

      await server.api('POST', `${index.distribution}add_role/`, { role: 'python.pythondistribution_viewer', users: [owner.username] });
      expect(await lab.pkgsync(['apply', '--yes'], asOwner)).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2 done') });
      expect(await downloadedDigests(index.simpleUrl, ['demo'])).toEqual({ [kept.filename]: sha256(kept.bytes) });
      await expectInSync(lab, 1, [], asOwner.env);
    });

    labTest('that forbids substitution lets one of two uploads of a name win, and the other is told so', async (lab) => {
      const index = await pulpIndex(lab, { repository: { allow_package_substitution: false } });
      const { front } = await sharedPulp(lab);
      const runs = ['one', 'two'].map((text) => ({ text, file: wheel(`race ${text}`) }));
      for (const { text, file } of runs) {
        await folderOf(lab, text, [file]);
        // In folders of their own: runs of one manifest wait for each other.
        await lab.manifest({ source: '.', destination: destinationOf(index), packages: { demo: '*' } }, `${text}/pkgsync.json`);
      }
      // Both arrive before either is taken.
      const barrier = barrierFor(2);
      front.intercept = async ({ method }) => {
        if (method === 'POST') await barrier();
        return false;
      };
      const results = await Promise.all(
        runs.map(({ text }) =>
          lab.pkgsync(['apply', '--yes', '--manifest', `${text}/pkgsync.json`, '--lockfile', `${text}/pkgsync.lock`], { env }),
        ),
      ).finally(() => (front.intercept = undefined));
      const there = await downloadedDigests(index.simpleUrl, ['demo']);
      const winner = runs.findIndex(({ file }) => there[file.filename] === sha256(file.bytes));
      expect(winner).toBeGreaterThanOrEqual(0);
      expect(results[winner]).toMatchObject({ code: 0 });
      expect(results[1 - winner]).toMatchObject({ code: 22, stderr: expect.stringContaining(sha256(runs[winner]!.file.bytes)) });
    });
  },
  pulp,
);
