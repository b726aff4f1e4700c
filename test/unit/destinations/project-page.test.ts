import { describe, expect, it } from '@jest/globals';
import { projectPage, versionsOf } from '../../../src/destinations/project-page.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { page, pageFile } from '../../support/page-builders.ts';

const filenames = (of: ReturnType<typeof page>): readonly string[] => of.files.map((file) => file.filename);

describe('projectPage', () => {
  it('sorts by version, not by text, and then by filename', () => {
    const sorted = page(
      'foo',
      pageFile('foo-1.10.tar.gz'),
      pageFile('foo-1.9.tar.gz'),
      pageFile('foo-1.9-py3-none-any.whl'),
      pageFile('foo-1.9rc1.tar.gz'),
    );
    expect(filenames(sorted)).toEqual(['foo-1.9rc1.tar.gz', 'foo-1.9-py3-none-any.whl', 'foo-1.9.tar.gz', 'foo-1.10.tar.gz']);
  });

  it('takes equal versions under other spellings as one and sorts them by filename', () => {
    const sorted = page('foo', pageFile('foo-1.0.0.tar.gz'), pageFile('foo-1.tar.gz'), pageFile('foo-1.0-py3-none-any.whl'));
    expect(filenames(sorted)).toEqual(['foo-1.0-py3-none-any.whl', 'foo-1.0.0.tar.gz', 'foo-1.tar.gz']);
  });

  it('puts versions that are not PEP 440 first', () => {
    const sorted = page('foo', pageFile('foo-0.1.tar.gz'), pageFile('foo-2004b-old.zip', { version: '2004b-old' }));
    expect(filenames(sorted)).toEqual(['foo-2004b-old.zip', 'foo-0.1.tar.gz']);
  });

  it('is the same whatever the order of the input', () => {
    const files = [pageFile('foo-1.0.tar.gz'), pageFile('foo-1.0.0.zip'), pageFile('foo-2.tar.gz')];
    expect(page('foo', ...files)).toEqual(page('foo', ...files.toReversed()));
  });

  it('keeps the last of several entries with one filename', () => {
    const files = [pageFile('foo-1.0.tar.gz', { size: 1 }), pageFile('foo-1.0.tar.gz', { size: 2 })];
    expect(projectPage(normalizeName('foo'), files).files).toEqual([files[1]]);
  });
});

describe('versionsOf', () => {
  it('gives each version once in normal form, oldest first, and a legacy version as it is', () => {
    const versions = versionsOf(
      page(
        'foo',
        pageFile('foo-1.10.tar.gz'),
        pageFile('foo-1.0RC1.tar.gz'),
        pageFile('foo-1.0rc1.zip'),
        pageFile('foo-x.zip', { version: 'x-Y' }),
      ),
    );
    expect(versions).toEqual(['x-Y', '1.0rc1', '1.10']);
  });
});
