import { describe, expect, it } from '@jest/globals';
import { credentialsByOrigin } from '../../../src/credentials/credentials.ts';
import { credentialHelper } from '../../../src/credentials/renewal.ts';

const url = 'https://pypi.corp.example:8443/simple/';

describe('credentialHelper', () => {
  const counting = (...passwords: readonly string[]) => {
    const asked: string[] = [];
    const helper = credentialHelper(() => {
      const password = passwords[asked.length] ?? 'more';
      asked.push(password);
      return Promise.resolve({ username: 'u', password });
    });
    return { asked, helper };
  };

  it('asks once for all, and once more for all that were refused', async () => {
    const { asked, helper } = counting('a', 'b');
    const [first] = await Promise.all([helper.get(), helper.get()]);
    expect(first).toEqual({ username: 'u', password: 'a' });
    const renewed = await Promise.all([helper.renew(first), helper.renew(first)]);
    expect(renewed).toEqual([
      { username: 'u', password: 'b' },
      { username: 'u', password: 'b' },
    ]);
    expect(await helper.get()).toEqual({ username: 'u', password: 'b' });
    expect(await helper.renew({ username: 'u', password: 'b' })).toBeUndefined();
    expect(asked).toEqual(['a', 'b']);
  });

  it('asks again after every success, for tokens that end while a run is under way', async () => {
    const { asked, helper } = counting('a', 'b', 'c');
    const a = await helper.get();
    const b = (await helper.renew(a))!;
    helper.learn(b, 'accepted');
    expect(await helper.renew(b)).toMatchObject({ password: 'c' });
    // Late answers to the ones before ask for nothing.
    expect(await helper.renew(a)).toMatchObject({ password: 'c' });
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('gives up where a fresh one is refused, whatever was accepted elsewhere', async () => {
    const { asked, helper } = counting('a', 'b', 'c');
    const b = (await helper.renew(await helper.get()))!;
    helper.learn(b, 'accepted');
    helper.learn(b, 'refused');
    expect(await helper.renew(b)).toBeUndefined();
    expect(asked).toEqual(['a', 'b']);
  });

  it('shares one question among all that were refused at once', async () => {
    const { asked, helper } = counting('a', 'b', 'c');
    const a = await helper.get();
    const renewed = await Promise.all(Array.from({ length: 20 }, () => helper.renew(a)));
    expect(new Set(renewed.map((one) => one?.password))).toEqual(new Set(['b']));
    expect(asked).toEqual(['a', 'b']);
  });

  it('replaces a token five minutes before its end, or at half of a shorter life', async () => {
    let now = 0;
    const lives = [900_000, 60_000, 900_000];
    let asked = 0;
    const helper = credentialHelper(
      () => Promise.resolve({ username: 'u', password: `t${(asked += 1)}`, expires: now + (lives[asked - 1] ?? 0) }),
      { now: () => now },
    );
    const at = async (time: number) => ((now = time), (await helper.get()).password);
    expect([await at(0), await at(599_999), await at(600_000), await at(629_999), await at(630_000)]).toEqual([
      't1',
      't1',
      't2',
      't2',
      't3',
    ]);
  });

  it('keeps a token to its end where no other can be had, and then says why', async () => {
    let now = 0;
    let asked = 0;
    const ask = () =>
      (asked += 1) === 1 ? Promise.resolve({ username: 'u', password: 'only', expires: 900_000 }) : Promise.reject(new Error('no more'));
    const helper = credentialHelper(ask, { now: () => now });
    await helper.get();
    now = 899_999;
    expect(await helper.get()).toMatchObject({ password: 'only' });
    now = 900_000;
    await expect(helper.get()).rejects.toThrow('no more');
  });

  it('has no other where the helper says the same again', async () => {
    const { helper } = counting('a', 'a');
    expect(await helper.renew(await helper.get())).toBeUndefined();
  });

  it('fails the same way every time', async () => {
    let runs = 0;
    const helper = credentialHelper(() => Promise.reject(new Error(`run ${(runs += 1)}`)));
    await expect(helper.get()).rejects.toThrow('run 1');
    await expect(helper.get()).rejects.toThrow('run 1');
  });

  it('is asked for its own origin only, and checked', async () => {
    const { asked, helper } = counting('a', 'b');
    const provider = credentialsByOrigin([{ url, credential: helper }]);
    expect(await provider.for(new URL('https://pypi.corp.example/simple/'))).toBeUndefined();
    expect(await provider.renew?.(new URL('https://pypi.corp.example/'), { username: 'u', password: 'a' })).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await provider.for(new URL(url))).toEqual({ username: 'u', password: 'a' });
    const colon = credentialsByOrigin([{ url, credential: credentialHelper(() => Promise.resolve({ username: 'a:b', password: 'c' })) }]);
    await expect(colon.for(new URL(url))).rejects.toThrow('contains a colon');
  });
});
