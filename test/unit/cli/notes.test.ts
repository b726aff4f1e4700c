import { describe, expect, it } from '@jest/globals';
import { noteText } from '../../../src/cli/notes.ts';

const address = 'https://devpi.example/ci/stage/';

describe('a note about what a destination serves', () => {
  const inherited = (more: object) =>
    noteText({
      kind: 'inherited',
      destination: 'default',
      address,
      projects: 3,
      files: 40,
      from: ['root/pypi', 'PyPI'],
      mixed: 0,
      examples: [],
      ...more,
    });

  it('counts what is not its own', () => {
    expect(inherited({})).toBe(`${address} also serves 40 files of 3 projects from root/pypi, PyPI that are not its own`);
    expect(inherited({ projects: 1, files: 1, from: ['PyPI'] })).toBe(
      `${address} also serves 1 file of 1 project from PyPI that is not its own`,
    );
  });

  it('names projects of which installers may take either, the first few of them', () => {
    expect(inherited({ mixed: 1, examples: ['celery'] })).toContain(
      '; of 1 project it has files of its own, too, so installers may take either: celery',
    );
    expect(inherited({ mixed: 7, examples: ['a', 'b'] })).toMatch(/: a, b, … and 5 more$/);
  });

  it('says that what is listed counts as its own where nobody can tell', () => {
    expect(noteText({ kind: 'shared-listing', destination: 'default', address, because: 'it has upstreams' })).toBe(
      `${address}: it has upstreams, and does not say which: what is listed counts as its own`,
    );
  });
});
