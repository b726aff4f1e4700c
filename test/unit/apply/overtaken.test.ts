import { describe, expect, it } from '@jest/globals';
import { overtaken } from '../../../src/apply/overtaken.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import type { SavedProject } from '../../../src/plan/plan-file.ts';
import type { Action } from '../../../src/plan/plan.ts';
import { directoryConfig, existing, facts, nameOf } from '../../support/builders.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import { each } from '../../support/plans.ts';

const at = { destination: 'default' };
const saved = (name: string, actions: readonly Action[]): SavedProject => ({
  name: nameOf(name),
  actions,
  lock: [],
  ruleChanged: false,
  locked: undefined,
});
const uploads = (name: string, count: number): readonly Action[] =>
  Array.from({ length: count }, (_, index) => ({
    ...at,
    name: nameOf(name),
    kind: 'upload',
    reason: 'missing',
    file: facts(`${name}-${index}.0.tar.gz`),
  }));

describe('overtaken', () => {
  const look = (to: ReturnType<typeof fakeDestination>, ...projects: SavedProject[]) =>
    overtaken(each(projects), [{ config: directoryConfig(), live: to }], 2, undefined);

  it('finds nothing where the plan still holds, or was carried out already', async () => {
    const to = fakeDestination();
    expect(await look(to, saved('a', uploads('a', 2)))).toEqual([]);
    to.place('a', 'a-0.0.tar.gz');
    expect(await look(to, saved('a', uploads('a', 2)))).toEqual([]);
  });

  it('names every file that changed meanwhile', async () => {
    const to = fakeDestination();
    to.place('b', existing('b-0.0.tar.gz', { content: 'theirs' }));
    expect(await look(to, saved('a', uploads('a', 1)), saved('b', uploads('b', 2)))).toEqual([
      expect.stringMatching(/^b-0\.0\.tar\.gz: it appeared there meanwhile with sha256:/),
    ]);
  });

  it('looks at no project in which nothing is written', async () => {
    const to = fakeDestination();
    const mismatch: Action = {
      ...at,
      name: nameOf('a'),
      kind: 'mismatch',
      reason: 'digest-differs',
      file: facts('a-1.0.tar.gz'),
      existing: facts('a-1.0.tar.gz'),
    };
    await look(to, saved('a', [mismatch]));
    expect(to.calls).toEqual([]);
  });

  it('ends early where enough is found', async () => {
    const to = fakeDestination();
    const projects = Array.from({ length: 30 }, (_, index) => `p${String(index).padStart(2, '0')}`);
    for (const name of projects) to.place(name, existing(`${name}-0.0.tar.gz`, { content: 'theirs' }));
    expect((await look(to, ...projects.map((name) => saved(name, uploads(name, 1))))).length).toBe(20);
  });

  it('fails where a listing fails', async () => {
    const to = fakeDestination();
    to.failList('a', new PkgsyncError('UNREACHABLE', 'down'));
    await expect(look(to, saved('a', uploads('a', 1)))).rejects.toThrow('down');
  });
});
