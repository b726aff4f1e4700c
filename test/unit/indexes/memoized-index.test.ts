import { describe, expect, it } from '@jest/globals';
import { PkgsyncError } from '../../../src/errors.ts';
import { memoizedIndex } from '../../../src/indexes/memoized-index.ts';
import type { SourceIndex } from '../../../src/indexes/source-index.ts';
import type { Project } from '../../../src/packaging/distribution-file.ts';
import { normalizeName, type PackageName } from '../../../src/packaging/name.ts';
import { failureOf } from '../../support/http.ts';

const projectNamed = (name: PackageName): Project => ({ name, status: { status: 'active' }, files: [], skipped: [], warnings: [] });
const [a, b, c] = ['a', 'b', 'c'].map(normalizeName) as [PackageName, PackageName, PackageName];

/** An index that records what it is asked; `answer` may fail. */
function recording(
  answer: (name: PackageName, signal?: AbortSignal) => Promise<Project | undefined> = (name) => Promise.resolve(projectNamed(name)),
) {
  const asked: string[] = [];
  const index = {
    name: 'inner',
    address: 'https://idx.example.com/simple/',
    project: (name: PackageName, signal?: AbortSignal) => {
      asked.push(name);
      return answer(name, signal);
    },
  } as unknown as SourceIndex;
  return { index, asked };
}

/** Fails as the HTTP client does when the signal aborts. */
function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new PkgsyncError('INTERRUPTED', 'interrupted')));
  });
}

describe('memoizedIndex', () => {
  it('asks once for each project, also while the first answer is under way', async () => {
    const { index, asked } = recording();
    const memoized = memoizedIndex(index);
    expect(await Promise.all([memoized.project(a), memoized.project(b), memoized.project(a)])).toEqual([
      projectNamed(a),
      projectNamed(b),
      projectNamed(a),
    ]);
    await memoized.project(a);
    expect(asked).toEqual(['a', 'b']);
    expect(memoized).toMatchObject({ name: 'inner', address: 'https://idx.example.com/simple/' });
  });

  it('remembers that a project is absent', async () => {
    const { index, asked } = recording(() => Promise.resolve(undefined));
    const memoized = memoizedIndex(index);
    expect([await memoized.project(a), await memoized.project(a)]).toEqual([undefined, undefined]);
    expect(asked).toEqual(['a']);
  });

  it('forgets what was not asked for the longest', async () => {
    const { index, asked } = recording();
    const memoized = memoizedIndex(index, 2);
    for (const name of [a, b, a, c, a, b]) await memoized.project(name);
    expect(asked).toEqual(['a', 'b', 'c', 'b']);
  });

  it('asks again after a failure', async () => {
    let fails = true;
    const { index, asked } = recording((name) =>
      fails ? Promise.reject(new PkgsyncError('UNREACHABLE', 'down')) : Promise.resolve(projectNamed(name)),
    );
    const memoized = memoizedIndex(index);
    expect(await failureOf(memoized.project(a))).toMatchObject({ code: 'UNREACHABLE' });
    fails = false;
    expect(await memoized.project(a)).toEqual(projectNamed(a));
    expect(asked).toEqual(['a', 'a']);
  });

  it("does not fail one caller by another's interruption", async () => {
    let first = true;
    const { index, asked } = recording((name, signal) => {
      if (!first) return Promise.resolve(projectNamed(name));
      first = false;
      return untilAborted(signal);
    });
    const memoized = memoizedIndex(index);
    const controller = new AbortController();
    const interrupted = failureOf(memoized.project(a, controller.signal));
    const patient = [memoized.project(a), memoized.project(a, new AbortController().signal)];
    controller.abort();
    expect(await interrupted).toMatchObject({ code: 'INTERRUPTED' });
    expect(await Promise.all(patient)).toEqual([projectNamed(a), projectNamed(a)]);
    expect(asked).toEqual(['a', 'a']);
  });
});
