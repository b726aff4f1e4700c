import type { CoreMetadata } from '../archive/core-metadata.ts';
import { unknown } from '../archive/field-values.ts';

/**
 * Metadata as a script sees it: the same, but where a distribution has none every single free-text field says `UNKNOWN`, so that code written
 * for old packages can print them. Fields with a grammar that `UNKNOWN` does not meet (`requiresPython`, `licenseExpression`,
 * `descriptionContentType`) stay undefined, and lists stay empty save `platforms`: whoever parses them must not find a word that is none.
 * `fromFilename` tells such metadata from a project that is really called so.
 */
export function oldStyleView(metadata: CoreMetadata): CoreMetadata {
  if (!metadata.fromFilename) return metadata;
  return {
    ...metadata,
    summary: metadata.summary ?? unknown,
    description: metadata.description ?? unknown,
    keywords: metadata.keywords ?? unknown,
    homePage: metadata.homePage ?? unknown,
    downloadUrl: metadata.downloadUrl ?? unknown,
    author: metadata.author ?? unknown,
    authorEmail: metadata.authorEmail ?? unknown,
    maintainer: metadata.maintainer ?? unknown,
    maintainerEmail: metadata.maintainerEmail ?? unknown,
    license: metadata.license ?? unknown,
  };
}
