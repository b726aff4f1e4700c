import { compareText } from '../packaging/name.ts';
import type { WrittenDestination, WrittenRule, WrittenSource } from './written.ts';

/** What a new manifest says; everything in its written form. */
export interface NewManifest {
  readonly source: WrittenSource;
  readonly destination?: WrittenDestination | undefined;
  /** Name to specifier (`*` for any version) or rule. */
  readonly packages: Readonly<Record<string, WrittenRule | string>>;
}

/** Where editors find the schema when pkgsync is installed beside the manifest. */
const schemaPath = './node_modules/pkgsync/schema/manifest.schema.json';

/** The text of a manifest to start from: pretty-printed, packages sorted by name. */
export function newManifest({ source, destination, packages }: NewManifest): string {
  const sorted = Object.entries(packages).sort(([a], [b]) => compareText(a, b));
  const manifest = {
    $schema: schemaPath,
    manifestVersion: 1,
    source,
    destination,
    packages: Object.fromEntries(sorted),
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
