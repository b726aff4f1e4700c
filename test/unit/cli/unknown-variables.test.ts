import { describe, expect, it } from '@jest/globals';
import { commandSpecs } from '../../../src/cli/specs/all.ts';
import { unknownVariables } from '../../../src/cli/unknown-variables.ts';

const told = (environment: Record<string, string>) => unknownVariables(environment, commandSpecs);

describe('unknownVariables', () => {
  it.each([
    ['PKGSYNC_CONCURENCY', 'PKGSYNC_CONCURRENCY'],
    ['PKGSYNC_MANIFSET', 'PKGSYNC_MANIFEST'],
    ['PKGSYNC_SORCE_PASSWORD', 'PKGSYNC_SOURCE_PASSWORD'],
    ['PKGSYNC_DESTINATON_TOKEN', 'PKGSYNC_DESTINATION_TOKEN'],
  ])('takes %s for %s, without its value', (written, meant) => {
    expect(told({ [written]: 'canary' })).toEqual([`the variable ${written} is known to no command: did you mean ${meant}?`]);
  });

  it.each([
    'PKGSYNC_CONCURRENCY',
    'PKGSYNC_YES',
    'PKGSYNC_DESTINATION_TOKEN',
    'PKGSYNC_SOURCE_USERNAME',
    // Credentials of a source or destination of that name.
    'PKGSYNC_CORP_PASSWORD',
    'PKGSYNC_PROD_TOKEN',
    // A manifest may name any variable.
    'PKGSYNC_SECRET_OF_CI',
    'OTHER_CONCURENCY',
  ])('says nothing of %s', (name) => {
    expect(told({ [name]: 'x' })).toEqual([]);
  });

  it('says nothing of an empty one', () => {
    expect(told({ PKGSYNC_CONCURENCY: '' })).toEqual([]);
  });
});
