import { describe, expect, it } from '@jest/globals';
import { servers } from '../../../../src/destinations/servers/all.ts';
import { uploadServerKinds } from '../../../../src/server-kinds.ts';

describe('the servers', () => {
  it('are filed under their kinds, all of them', () => {
    expect(Object.entries(servers).map(([key, { kind }]) => [key, kind])).toEqual(Object.keys(servers).map((key) => [key, key]));
    expect(Object.keys(servers).sort()).toEqual([...uploadServerKinds].sort());
  });

  it.each(Object.values(servers))('$kind says why it cannot remove, where it cannot', ({ traits }) => {
    expect(traits.canRemove).toBe(traits.cannotRemove === undefined);
  });

  it.each(Object.values(servers))('$kind lists its example at the address of a simple API', ({ example, simpleUrl }) => {
    expect(simpleUrl(new URL(example)).pathname).toMatch(/\/\+?simple\/$/);
  });
});
