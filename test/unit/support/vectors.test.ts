import { describe, expect, it } from '@jest/globals';
import { expectAgreement, expectVectors, loadVectors } from '../../support/vectors.ts';

const cases = Array.from({ length: 30 }, (_, at) => ({ id: `case-${at}`, kind: 'double', input: at, expect: at * 2 }));
type Case = (typeof cases)[number];
const wanted = (vector: Case): number => vector.expect;

async function messageOf(running: Promise<void>): Promise<string> {
  try {
    await running;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('it passed');
}

describe('expectVectors', () => {
  it('passes where every case agrees', async () => {
    await expectVectors(cases, ({ input }) => input + input, wanted);
  });

  it('counts all differences and shows the first 20 by id', async () => {
    const message = await messageOf(expectVectors(cases, () => 0, wanted));
    expect(message).toMatch(/^29 of 30 cases differ/);
    expect(message).toMatch(/case-20: /);
    expect(message).not.toMatch(/case-21: /);
  });

  it('reports a case that throws and goes on', async () => {
    const broken = ({ id }: Case): never => {
      throw new Error(`broken ${id}`);
    };
    expect(await messageOf(expectVectors(cases.slice(0, 2), broken, wanted))).toMatch(/broken case-0[^]*broken case-1/);
  });

  it('fails where there is no case', async () => {
    expect(await messageOf(expectVectors([], () => 0, wanted))).toBe('there are no cases of this kind');
  });
});

describe('expectAgreement', () => {
  it('fails where there is no case of the kind', async () => {
    expect(await messageOf(expectAgreement('versions.json', 'nothing'))).toContain('there are no cases of kind nothing');
  });
});

describe('loadVectors', () => {
  it('selects by kind', () => {
    const kinds = new Set(loadVectors<{ id: string; kind: string }>('versions.json', 'sort').map(({ kind }) => kind));
    expect([...kinds]).toEqual(['sort']);
  });

  it('gives every case where no kind is asked for', () => {
    const kinds = new Set(loadVectors<{ id: string; kind: string }>('versions.json').map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['compare', 'parse', 'sort']);
  });
});
