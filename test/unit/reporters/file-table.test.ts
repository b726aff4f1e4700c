import { describe, expect, it } from '@jest/globals';
import { fileLine, fileTable, type ListedFile } from '../../../src/reporters/file-table.ts';
import { createStyle } from '../../../src/reporters/style.ts';

const plain = createStyle(false);
const wheel = 'markupsafe-3.0.3-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl';

function file(filename: string, more: Partial<ListedFile> = {}): ListedFile {
  return { version: '3.0.3', filename, hashes: { sha256: 'ab' }, yanked: false, ...more };
}

const files = [
  file(wheel, { size: 23_000, uploadTime: '2025-09-27T18:36:20Z', requiresPython: '>=3.9' }),
  file('markupsafe-3.0.3.tar.gz', { size: 80_000, uploadTime: '2025-09-27T18:37:40Z', requiresPython: '>=3.9' }),
  file('markupsafe-2.0.tar.gz', { version: '2.0', size: 900, yanked: { reason: 'broken' } }),
];

describe('fileTable', () => {
  it('shows all where there is room', () => {
    expect(fileTable(files, 160, plain)).toEqual([
      `VERSION  FILE${' '.repeat(wheel.length - 4)}     SIZE  UPLOADED    PYTHON`,
      `3.0.3    ${wheel}  23.0 kB  2025-09-27  >=3.9`,
      `         markupsafe-3.0.3.tar.gz${' '.repeat(wheel.length - 23)}  80.0 kB  2025-09-27  >=3.9`,
      `2.0      markupsafe-2.0.tar.gz${' '.repeat(wheel.length - 21)}    900 B                      yanked`,
    ]);
  });

  it.each([60, 80, 90, 120])('keeps within %i columns, and both ends of long names', (columns) => {
    const lines = fileTable(files, columns, plain);
    expect(lines.filter((line) => line.length >= columns)).toEqual([]);
    expect(lines[1]).toMatch(/markupsafe-.*….*x86_64\.whl/);
    expect(lines[3]).toContain('yanked');
  });

  it('leaves columns out that say nothing', () => {
    expect(fileTable([file('foo-1.0.tar.gz', { version: '1.0' })], 120, plain)).toEqual(['VERSION  FILE', '1.0      foo-1.0.tar.gz']);
  });
});

describe('fileLine', () => {
  it('has every field in its place, cut nowhere', () => {
    expect(fileLine(files[0]!)).toBe(`${wheel}\t3.0.3\t23000\t2025-09-27T18:36:20Z\tsha256:ab\t>=3.9\t`);
    expect(fileLine(files[2]!)).toBe('markupsafe-2.0.tar.gz\t2.0\t900\t\tsha256:ab\t\tyanked');
  });

  it('lets nothing from the index break the line', () => {
    expect(fileLine(file('foo-1.0.tar.gz', { requiresPython: '>=3\t\n\u001b[31m' }))).toBe(
      'foo-1.0.tar.gz\t3.0.3\t\t\tsha256:ab\t>=3\\u0009\\u000a\\u001b[31m\t',
    );
  });
});
