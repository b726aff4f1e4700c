import { parseRawMetadata, type RawMetadata } from '../../src/archive/raw-metadata.ts';
import { validateRawMetadata } from '../../src/archive/validate-metadata.ts';
import { comparison, type Comparisons } from './comparison.ts';

interface MetadataVector {
  readonly text?: string;
  readonly base64?: string;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly unparsed?: Readonly<Record<string, unknown>>;
  readonly unparsed_fields: readonly string[];
  readonly invalid_fields: readonly string[];
}

export const metadata: Comparisons = () => ({
  metadata: comparison<MetadataVector>(
    (vector) => {
      const facts = metadataFacts(metadataBytes(vector));
      return vector.unparsed === undefined ? { ...facts, unparsed: undefined } : facts;
    },
    ({ raw, unparsed, unparsed_fields, invalid_fields }) => ({ raw, unparsed, unparsed_fields, invalid_fields }),
  ),
});

export function metadataBytes({ text, base64 = '' }: Pick<MetadataVector, 'text' | 'base64'>): Buffer {
  return Buffer.from(text ?? base64, text === undefined ? 'base64' : 'utf8');
}

/** What a case says of the metadata in these bytes. */
export function metadataFacts(bytes: Uint8Array): object {
  const parsed = parseRawMetadata(bytes);
  return {
    raw: plainFields(parsed),
    unparsed: Object.fromEntries(parsed.unparsed),
    unparsed_fields: [...parsed.unparsed.keys()].sort(),
    invalid_fields: validateRawMetadata(parsed),
  };
}

function plainFields({ fields }: RawMetadata): object {
  return Object.fromEntries([...fields].map(([key, value]) => [key, value instanceof Map ? Object.fromEntries(value) : value]));
}
