import { describe, expect, it } from '@jest/globals';
import { newManifest } from '../../../src/manifest/init.ts';
import { manifestOf } from '../../support/manifest.ts';

describe('a new manifest', () => {
  const text = newManifest({
    source: 'https://pypi.org/simple/',
    destination: './mirror',
    packages: { django: { version: '>=4.2', latest: 2 }, celery: '>=5.3' },
  });

  it('reads as people would write it', () => {
    expect(text).toBe(`{
  "$schema": "./node_modules/pkgsync/schema/manifest.schema.json",
  "manifestVersion": 1,
  "source": "https://pypi.org/simple/",
  "destination": "./mirror",
  "packages": {
    "celery": ">=5.3",
    "django": {
      "version": ">=4.2",
      "latest": 2
    }
  }
}
`);
  });

  it('is valid', () => {
    expect(manifestOf(text).packages.map(({ name }) => name)).toEqual(['celery', 'django']);
    expect(manifestOf(newManifest({ source: './wheels', packages: {} })).destinations).toEqual([]);
  });
});
