import { describe, expect, it } from '@jest/globals';
import { createHasher } from '../../../src/io/hasher.ts';

describe('createHasher', () => {
  it('gives the SHA-256 of the UTF-8 text so far, in hex', () => {
    const hasher = createHasher();
    hasher.update('a');
    hasher.update('bc');
    expect(hasher.hex()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('does not mind where a text is cut', () => {
    const whole = createHasher();
    whole.update('grün');
    const parts = createHasher();
    parts.update('gr');
    parts.update('ün');
    expect(parts.hex()).toBe(whole.hex());
  });
});
