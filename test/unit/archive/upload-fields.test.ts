import { describe, expect, it } from '@jest/globals';
import { oldStyleMetadata, parseCoreMetadata } from '../../../src/archive/core-metadata.ts';
import { uploadFields } from '../../../src/archive/upload-fields.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { metadataText } from '../../support/archives.ts';

const foo = normalizeName('foo');
const metadataOf = (...headers: readonly string[]) =>
  parseCoreMetadata(Buffer.from(metadataText({ name: 'Foo', version: '1.0', headers })));
const fieldsOf = (filename: string, ...headers: readonly string[]) => uploadFields(metadataOf(...headers), filename, foo);

describe('uploadFields', () => {
  it('has no more than it must for little metadata', () => {
    expect(fieldsOf('foo-1.0.tar.gz', 'Summary: UNKNOWN')).toEqual([
      ['metadata_version', '2.1'],
      ['name', 'Foo'],
      ['version', '1.0'],
      ['filetype', 'sdist'],
      ['pyversion', 'source'],
    ]);
  });

  it('names repeated fields as servers read them, once for each value and in order', () => {
    const fields = fieldsOf(
      'foo-1.0-py3-none-any.whl',
      'Platform: b',
      'Platform: a',
      'Supported-Platform: c',
      'Classifier: d',
      'Project-URL: e, f',
      'Provides-Extra: g',
      'Requires-Dist: h',
      'Dynamic: License',
      'Import-Name: i',
      'Import-Namespace: j',
    );
    expect(fields.slice(3)).toEqual([
      ['platform', 'b'],
      ['platform', 'a'],
      ['supported_platform', 'c'],
      ['classifiers', 'd'],
      ['requires_dist', 'h'],
      ['project_urls', 'e, f'],
      ['provides_extra', 'g'],
      ['dynamic', 'License'],
      ['import_name', 'i'],
      ['import_namespace', 'j'],
      ['filetype', 'bdist_wheel'],
      ['pyversion', 'py3'],
    ]);
  });

  it('leaves License-File out where the metadata is older than the field', () => {
    const withVersion = (metadataVersion: string) => {
      const text = metadataText({ name: 'foo', version: '1', metadataVersion, headers: ['License-File: LICENSE'] });
      return uploadFields(parseCoreMetadata(Buffer.from(text)), 'foo-1.tar.gz', foo).filter(([name]) => name === 'license_file');
    };
    expect(withVersion('2.3')).toEqual([]);
    expect(withVersion('2.4')).toEqual([['license_file', 'LICENSE']]);
    expect(withVersion('2.10')).toEqual([['license_file', 'LICENSE']]);
  });

  it.each([
    ['foo-1.0.zip', 'sdist', 'source'],
    ['foo-1.0-py2.py3-none-any.whl', 'bdist_wheel', 'py2.py3'],
    ['foo-1.0-1-cp312-cp312-win_amd64.whl', 'bdist_wheel', 'cp312'],
    ['foo-1.0-py2.7.egg', 'bdist_egg', '2.7'],
    ['foo-1.0.win32-py2.7.exe', 'bdist_wininst', '2.7'],
    ['foo-1.0.win32.exe', 'bdist_wininst', 'any'],
    ['foo-1.0-1.noarch.rpm', 'bdist_rpm', 'any'],
    ['foo-1.0.linux-x86_64.tar.gz', 'bdist_dumb', 'any'],
  ])('%s is %s for %s', (filename, filetype, pyversion) => {
    expect(fieldsOf(filename).slice(-2)).toEqual([
      ['filetype', filetype],
      ['pyversion', pyversion],
    ]);
  });

  it('says UNKNOWN only for a distribution without metadata', () => {
    const fields = new Map(uploadFields(oldStyleMetadata('Foo', '1.2.1-beta3'), 'Foo-1.2.1-beta3.tgz', foo));
    expect(Object.fromEntries(fields)).toEqual({
      metadata_version: '1.0',
      name: 'Foo',
      version: '1.2.1-beta3',
      summary: 'UNKNOWN',
      description: 'UNKNOWN',
      home_page: 'UNKNOWN',
      download_url: 'UNKNOWN',
      author: 'UNKNOWN',
      author_email: 'UNKNOWN',
      license: 'UNKNOWN',
      platform: 'UNKNOWN',
      filetype: 'sdist',
      pyversion: 'source',
    });
  });

  it('keeps the line ends of a description', () => {
    const text = metadataText({ name: 'foo', version: '1.0', description: 'a\r\nb\n\nc' });
    expect(new Map(uploadFields(parseCoreMetadata(Buffer.from(text)), 'foo-1.0.tar.gz', foo)).get('description')).toBe('a\r\nb\n\nc');
  });

  it("refuses a filename that is none of the project's", () => {
    expect(() => fieldsOf('bar-1.0.tar.gz')).toThrow(expect.objectContaining({ code: 'FILENAME_INVALID' }));
  });
});
