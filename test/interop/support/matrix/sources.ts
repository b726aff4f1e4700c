import { documentedSite } from '../nginx-docs.ts';
import { startNginx } from '../nginx.ts';
import { fillDevpi, fillPulp, notForPulp, type SourceKind, staticIndex } from './kinds.ts';

/** The kinds of source in the matrix; a new one is one more entry. */
export const sources: readonly SourceKind[] = [
  {
    name: 'folder',
    open: ({ files }) => Promise.resolve({ location: files, needsLogin: false }),
  },
  {
    name: 'static index',
    open: async (world) => ({ location: await staticIndex(world), needsLogin: false }),
  },
  {
    name: 'static, nginx',
    open: async (world) => {
      const folder = await staticIndex(world);
      const site = await documentedSite({ serves: { folder }, passwords: world.passwords });
      const { url } = await startNginx(world.lab, { ...site, tls: world.certificate });
      return { location: new URL('simple/', url).href, needsLogin: true };
    },
  },
  {
    name: 'pypiserver',
    open: ({ full }) => Promise.resolve({ location: full.url, needsLogin: false }),
  },
  {
    name: 'devpi',
    open: async (world) => {
      const location = await world.devpi.createIndex('source');
      await fillDevpi(location, world, () => true);
      return { location, needsLogin: false };
    },
  },
  {
    // Half of the files are the index's own, half its base's, also within one project.
    name: 'devpi, bases',
    open: async (world) => {
      const base = await world.devpi.createIndex('source-base');
      await fillDevpi(base, world, (place) => place % 2 === 0);
      const location = await world.devpi.createIndex('source-top', { bases: ['ci/source-base'] });
      await fillDevpi(location, world, (place) => place % 2 === 1);
      return { location, needsLogin: false };
    },
  },
  {
    name: 'Pulp',
    open: async (world) => {
      const { url, simpleUrl } = await world.pulp.createIndex('matrix-source');
      await fillPulp(url, world);
      return { location: simpleUrl, needsLogin: false, lacks: notForPulp };
    },
  },
];
