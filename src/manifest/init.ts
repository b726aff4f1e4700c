import { compareText } from '../packaging/name.ts';
import type { WrittenDestination, WrittenRule, WrittenSource, WrittenTarget } from './written.ts';

/** What a new manifest says; everything in its written form. */
export interface NewManifest {
  /** One of the two. */
  readonly source?: WrittenSource | undefined;
  readonly sources?: Readonly<Record<string, WrittenSource>> | undefined;
  readonly destination?: WrittenDestination | undefined;
  /** Rule fields for every package. */
  readonly defaults?: WrittenRule | undefined;
  /** Name to specifier (`*` for any version) or rule; undefined where `all` says everything. */
  readonly packages?: Readonly<Record<string, WrittenRule | string>> | undefined;
  readonly all?: true | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly targets?: Readonly<Record<string, WrittenTarget>> | undefined;
}

/** Where editors find the schema when pkgsync is installed beside the manifest. */
const schemaPath = './node_modules/pkgsync/schema/manifest.schema.json';

/** The text of a manifest to start from: pretty-printed, packages sorted by name. */
export function newManifest({ source, sources, destination, defaults, targets, packages, all, exclude }: NewManifest): string {
  const sorted = packages && Object.entries(packages).sort(([a], [b]) => compareText(a, b));
  const manifest = {
    $schema: schemaPath,
    manifestVersion: 1,
    source,
    sources,
    destination,
    defaults,
    targets,
    packages: sorted && Object.fromEntries(sorted),
    all,
    exclude,
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
