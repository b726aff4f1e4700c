import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { documentedSite } from '../nginx-docs.ts';
import { startNginx } from '../nginx.ts';
import { matrixFiles, matrixProjects } from './files.ts';
import { pulpAdmin } from '../pulp.ts';
import { type DestinationKind, notForPulp, sendToDevpi, type World } from './kinds.ts';
import { heldBy } from './reading.ts';

/** nginx with TLS and a password in front of a server. @returns its root address */
async function behindNginx({ lab, passwords, certificate }: World, upstream: string): Promise<string> {
  const site = await documentedSite({ serves: { upstream }, passwords });
  return (await startNginx(lab, { ...site, tls: certificate })).url;
}

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** The kinds of destination in the matrix; a new one is one more entry. */
export const destinations: readonly DestinationKind[] = [
  {
    // Read back from nginx, with TLS and a password.
    name: 'directory',
    atOnce: 1,
    open: async (world) => {
      const location = world.lab.path('served');
      const site = await documentedSite({ serves: { folder: location }, passwords: world.passwords });
      const { url } = await startNginx(world.lab, { ...site, tls: world.certificate });
      const simple = new URL('simple/', url).href;
      return async () => {
        await emptied(location);
        return {
          location,
          needsLogin: false,
          held: () => heldBy(simple, matrixProjects, { login: world.login, authority: world.trusted }),
        };
      };
    },
  },
  {
    name: 'pypiserver',
    atOnce: 1,
    open: async ({ lab, login }) => {
      const packages = lab.path('taken');
      const { url } = await lab.pypiserver({ packages, users: { [login.username]: login.password } });
      return async () => {
        await emptied(packages);
        return { location: url, needsLogin: true, held: () => heldBy(new URL('simple/', url).href, matrixProjects) };
      };
    },
  },
  {
    name: 'pypiserver, nginx',
    atOnce: 1,
    open: async (world) => {
      const packages = world.lab.path('taken-behind');
      const location = await behindNginx(world, (await world.lab.pypiserver({ packages })).url);
      const simple = new URL('simple/', location).href;
      return async () => {
        await emptied(packages);
        return { location, needsLogin: true, held: () => heldBy(simple, matrixProjects, { login: world.login, authority: world.trusted }) };
      };
    },
  },
  {
    name: 'devpi',
    atOnce: 2,
    open: ({ devpi }) =>
      Promise.resolve(async (pair) => {
        const location = await devpi.createIndex(`taken-${pair}`, { volatile: false });
        return { location, needsLogin: true, held: () => heldBy(`${location}+simple/`, matrixProjects) };
      }),
  },
  {
    // Its base has one of the files, and another one's name with other bytes: neither is its own.
    name: 'devpi, bases',
    atOnce: 2,
    open: async (world) => {
      const base = await world.devpi.createIndex('taken-base');
      const [same, other] = matrixFiles;
      await sendToDevpi(base, world.login, same!, await readFile(join(world.files, same!.filename)));
      await sendToDevpi(base, world.login, other!, Buffer.from('other bytes'));
      return async (pair) => {
        const name = `taken-over-${pair}`;
        const location = await world.devpi.createIndex(name, { bases: ['ci/taken-base'] });
        const counts = ({ pathname }: URL) => pathname.startsWith(`/${world.login.username}/${name}/+f/`);
        return { location, needsLogin: true, held: () => heldBy(`${location}+simple/`, matrixProjects, { counts }) };
      };
    },
  },
  {
    name: 'Pulp',
    atOnce: 2,
    open: ({ pulp }) =>
      Promise.resolve(async (pair) => {
        const { url, simpleUrl } = await pulp.createIndex(`matrix-${pair}`);
        return { location: url, needsLogin: true, login: pulpAdmin, lacks: notForPulp, held: () => heldBy(simpleUrl, matrixProjects) };
      }),
  },
];
