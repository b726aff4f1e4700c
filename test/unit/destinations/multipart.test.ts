import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { multipartBody, type FormField, type MultipartBody } from '../../../src/destinations/multipart.ts';
import { parseMultipart } from '../../support/multipart-parser.ts';

async function bytesOf(body: MultipartBody): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* chunks(...of: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of of) yield await Promise.resolve(Buffer.from(chunk as Uint8Array));
}

const fileOf = (content: Uint8Array | string, filename = 'foo-1.0.tar.gz') => ({
  field: 'content',
  filename,
  size: Buffer.byteLength(content),
  read: () => chunks(content),
});

describe('multipartBody', () => {
  it('writes fields and file exactly so', async () => {
    const body = multipartBody(
      [
        [':action', 'file_upload'],
        ['description', 'first\nsecond\r\nthird\rß'],
        ['classifiers', 'A :: B'],
        ['classifiers', ''],
      ],
      fileOf('\r\n--BOUND?'),
      'BOUND',
    );
    const text = [
      '--BOUND\r\nContent-Disposition: form-data; name=":action"\r\n\r\nfile_upload\r\n',
      '--BOUND\r\nContent-Disposition: form-data; name="description"\r\n\r\nfirst\nsecond\r\nthird\rß\r\n',
      '--BOUND\r\nContent-Disposition: form-data; name="classifiers"\r\n\r\nA :: B\r\n',
      '--BOUND\r\nContent-Disposition: form-data; name="classifiers"\r\n\r\n\r\n',
      '--BOUND\r\nContent-Disposition: form-data; name="content"; filename="foo-1.0.tar.gz"\r\nContent-Type: application/octet-stream\r\n\r\n',
      '\r\n--BOUND?\r\n--BOUND--\r\n',
    ].join('');
    expect((await bytesOf(body)).toString('utf8')).toBe(text);
    expect(body.contentType).toBe('multipart/form-data; boundary=BOUND');
    expect(body.length).toBe(Buffer.byteLength(text));
  });

  it('writes a form without a file', async () => {
    const body = multipartBody([[':action', 'submit']], undefined, 'B');
    const text = '--B\r\nContent-Disposition: form-data; name=":action"\r\n\r\nsubmit\r\n--B--\r\n';
    expect((await bytesOf(body)).toString()).toBe(text);
    expect(body.length).toBe(text.length);
  });

  it('announces its exact length and comes back as it was, whatever it carries', async () => {
    const field: fc.Arbitrary<FormField> = fc.tuple(fc.constantFrom('name', 'description', ':action'), fc.string({ unit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(fc.array(field, { maxLength: 5 }), fc.uint8Array({ maxLength: 300 }), async (fields, content) => {
        const body = multipartBody(fields, fileOf(content));
        const bytes = await bytesOf(body);
        expect(bytes.length).toBe(body.length);
        const parts = parseMultipart(body.contentType, bytes);
        const sent = [...fields, ['content', content] as const].map(([name, value]) => [
          name,
          Buffer.from(value as string).toString('base64'),
        ]);
        expect(parts.map(({ name, value }) => [name, value.toString('base64')])).toEqual(sent);
      }),
    );
  });

  it('cannot be broken out of by a name or a filename', async () => {
    const body = multipartBody([['a"\r\nX: y', 'v']], fileOf('', 'x"; name=":action"\r\n\r\n.whl'));
    const parts = parseMultipart(body.contentType, await bytesOf(body));
    expect(parts.map(({ name, filename }) => [name, filename])).toEqual([
      ['a%22%0D%0AX: y', undefined],
      ['content', 'x%22; name=%22:action%22%0D%0A%0D%0A.whl'],
    ]);
  });

  it('has another boundary each time', () => {
    const boundaries = Array.from({ length: 5 }, () => multipartBody([], undefined).contentType);
    expect(new Set(boundaries).size).toBe(5);
    expect(boundaries[0]).toMatch(/^multipart\/form-data; boundary=[\w-]{20,70}$/);
  });

  it('can be streamed again', async () => {
    const body = multipartBody([['a', 'b']], fileOf('content'));
    expect(await bytesOf(body)).toEqual(await bytesOf(body));
  });

  it.each([
    ['shorter', 8],
    ['longer', 6],
  ])('fails where the file has become %s', async (_, size) => {
    const body = multipartBody([], { ...fileOf('content'), size });
    await expect(bytesOf(body)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  it('hands out no more than was announced where the file has become longer', async () => {
    const body = multipartBody([], { ...fileOf('content'), size: 7, read: () => chunks('content', 'more', 'and more') });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of body.stream()) seen.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(seen.slice(1)).toEqual(['content']);
  });

  it('passes the error of the file on', async () => {
    const read = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.reject(new Error('unreadable'));
    };
    await expect(bytesOf(multipartBody([], { ...fileOf('content'), read }))).rejects.toThrow('unreadable');
  });
});
