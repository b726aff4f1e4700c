import { Readable } from 'node:stream';
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashBytes, readAll, verified, type Expected } from '../../../src/io/hashing.ts';

const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');

// eslint-disable-next-line @typescript-eslint/require-await -- the shape of a body is what is needed
async function* body(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function run(chunks: AsyncIterable<Uint8Array>, expected: Partial<Expected>) {
  const generator = verified(chunks, { label: 'foo-1.0.tar.gz', hashes: {}, ...expected });
  const passed: Uint8Array[] = [];
  while (true) {
    const next = await generator.next();
    if (next.done === true) return { passed: Buffer.concat(passed), ...next.value };
    passed.push(next.value);
  }
}

describe('verified', () => {
  it('passes the bytes on unchanged and returns size, sha256 and md5', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), async (chunks) => {
        const whole = Buffer.concat(chunks);
        expect(await run(body(...chunks), { size: whole.length, hashes: { sha256: digest('sha256', whole) } })).toEqual({
          passed: whole,
          size: whole.length,
          hashes: { sha256: digest('sha256', whole), md5: digest('md5', whole) },
        });
      }),
    );
  });

  it.each(['sha512', 'sha384', 'sha256', 'sha224', 'sha1', 'md5'] as const)('checks %s', async (algorithm) => {
    const right = digest(algorithm, Buffer.from('ab'));
    const wrong = digest(algorithm, Buffer.from('x'));
    expect((await run(body('a', 'b'), { hashes: { [algorithm]: right } })).size).toBe(2);
    await expect(run(body('a', 'b'), { hashes: { [algorithm]: wrong } })).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: `foo-1.0.tar.gz has ${algorithm} ${right}, expected ${wrong}`,
    });
  });

  it('refuses when one of several digests differs', async () => {
    const hashes = { sha256: digest('sha256', Buffer.from('ab')), md5: digest('md5', Buffer.from('x')) };
    await expect(run(body('ab'), { hashes })).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  it('stops as soon as the body is longer than promised', async () => {
    let asked = 0;
    async function* endless() {
      for (; ; asked += 1) yield await Promise.resolve(Buffer.alloc(10));
    }
    await expect(run(endless(), { size: 25 })).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: 'foo-1.0.tar.gz is longer than the 25 bytes expected',
    });
    expect(asked).toBe(2);
  });

  it('refuses a body that ends early and says where', async () => {
    await expect(run(body('abc'), { size: 5 })).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: 'foo-1.0.tar.gz ends after 3 of 5 bytes expected',
    });
  });

  it('knows that an empty body is not five bytes, and that it may be none', async () => {
    await expect(run(body(), { size: 5 })).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect((await run(body(), { size: 0 })).size).toBe(0);
  });

  it('lets errors of the body through as they are', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async function* broken() {
      yield Buffer.from('a');
      throw new Error('connection lost');
    }
    await expect(run(broken(), { size: 5 })).rejects.toThrow('connection lost');
  });
});

describe('hashBytes', () => {
  it('measures chunks of either kind of iterable', async () => {
    const expected = { size: 2, hashes: { sha256: digest('sha256', Buffer.from('ab')), md5: digest('md5', Buffer.from('ab')) } };
    expect(await hashBytes(body('a', 'b'))).toEqual(expected);
    expect(await hashBytes([Buffer.from('a'), Buffer.from('b')])).toEqual(expected);
  });
});

describe('readAll', () => {
  it('joins the chunks up to the limit', async () => {
    expect(Buffer.from(await readAll(body('ab', 'cd'), 4, 'the page')).toString()).toBe('abcd');
  });

  it('refuses more than the limit and names what it is', async () => {
    await expect(readAll(body('ab', 'cde'), 4, 'the page')).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
      message: 'the page is longer than 4 bytes, the most that is read of it',
    });
  });
});

describe('a body of unknown size', () => {
  it('is read up to its limit and no further', async () => {
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        await Promise.resolve();
        given += 1;
        yield Buffer.alloc(100);
      }
    };
    const reading = verified(endless(), { label: 'https://index.example/x', hashes: {}, limit: 1000 });
    const all = async (): Promise<void> => {
      while ((await reading.next()).done !== true);
    };
    await expect(all()).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
      message: 'https://index.example/x is longer than 1000 bytes, the most that is read of a file whose size nobody gives',
    });
    expect(given).toBe(11);
  });

  it('has no limit of its own where the size is known', async () => {
    const reading = verified(Readable.from([Buffer.alloc(20)]), { label: 'x', hashes: {}, size: 20, limit: 10 });
    await reading.next();
    expect(await reading.next()).toMatchObject({ done: true, value: { size: 20 } });
  });
});
