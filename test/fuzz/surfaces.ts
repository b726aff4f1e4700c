import { archiveSurfaces } from './archives.ts';
import { documentSurfaces } from './documents.ts';
import { packagingSurfaces } from './packaging.ts';
import type { Surface } from './surface.ts';

/** Everything that reads what others wrote. */
export const surfaces: readonly Surface[] = [...packagingSurfaces, ...documentSurfaces, ...archiveSurfaces];
