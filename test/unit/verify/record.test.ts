import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { fingerprintOf, openRecord } from '../../../src/verify/record.ts';
import type { ProgressRecord, RecordOptions } from '../../../src/verify/record.ts';
import { entry, existing, nameOf } from '../../support/builders.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
let folder: string;
let path: string;
const open: ProgressRecord[] = [];
const identity = { lock: 'a'.repeat(64), destination: 'b'.repeat(64) };
const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

async function record(options: Partial<RecordOptions> = {}): Promise<ProgressRecord> {
  const opened = await openRecord({ path, identity, fresh: false, trustedFor: 1000, now: () => 5000, ...options });
  open.push(opened);
  return opened;
}

/** A record that an earlier run has left. */
async function left(texts: readonly string[], now = 5000): Promise<void> {
  const earlier = await record({ now: () => now });
  for (const text of texts) await earlier.add(fingerprint(text));
  await earlier.close(true);
}

beforeEach(async () => {
  folder = await newFolder();
  path = join(folder, 'cache', 'verify', 'record.jsonl');
});
afterEach(async () => {
  // One that a test has closed already says so.
  for (const one of open.splice(0)) await one.close(true).catch(() => undefined);
});

describe('a record of progress', () => {
  it('knows in the next run what was added in this one, and nothing else', async () => {
    await left(['one', 'two']);
    const next = await record();
    expect(['one', 'two', 'three'].map((text) => next.knows(fingerprint(text)))).toEqual([true, true, false]);
  });

  it('knows every one of many', async () => {
    const texts = Array.from({ length: 3000 }, (_, index) => `file ${index}`);
    await left(texts);
    const next = await record();
    expect(texts.filter((text) => !next.knows(fingerprint(text)))).toEqual([]);
    expect(next.knows(fingerprint('file 3000'))).toBe(false);
  });

  it('goes on growing over several runs', async () => {
    await left(['one']);
    await left(['two']);
    const next = await record();
    expect([next.knows(fingerprint('one')), next.knows(fingerprint('two'))]).toEqual([true, true]);
  });

  it('is gone after a run that came to its end, and nobody else can read it before', async () => {
    const only = await record();
    await only.add(fingerprint('one'));
    expect((await stat(path)).mode & 0o077).toBe(0);
    await only.close(false);
    expect(await readdir(join(folder, 'cache', 'verify'))).toEqual([]);
  });

  it.each<[string, Partial<RecordOptions>]>([
    ['another lock', { identity: { ...identity, lock: 'c'.repeat(64) } }],
    ['another destination', { identity: { ...identity, destination: 'c'.repeat(64) } }],
    ['a fresh start', { fresh: true }],
    ['a time too late', { now: () => 6001 }],
    ['a time before it was written', { now: () => 4999 }],
  ])('knows nothing for %s', async (_, options) => {
    await left(['one']);
    expect((await record(options)).knows(fingerprint('one'))).toBe(false);
  });

  it('leaves a line out that a crash cut off, and the next one is whole', async () => {
    await left(['one']);
    await appendFile(path, `["${fingerprint('two').slice(0, 10)}`);
    const next = await record();
    expect(next.knows(fingerprint('one'))).toBe(true);
    await next.add(fingerprint('three'));
    await next.close(true);
    expect((await record()).knows(fingerprint('three'))).toBe(true);
  });

  it('takes no damage for knowledge, whatever the file holds', async () => {
    await mkdir(join(folder, 'cache', 'verify'), { recursive: true });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), fc.boolean(), async (junk, withHeader) => {
        const header = JSON.stringify({ recordVersion: 1, ...identity });
        await writeFile(path, withHeader ? `${header}\n${junk}\n` : junk);
        const opened = await record();
        expect(opened.knows(fingerprint('one'))).toBe(false);
        await opened.add(fingerprint('one'));
        await opened.close(true);
        const again = await record();
        expect(again.knows(fingerprint('one'))).toBe(true);
        await again.close(true);
      }),
      { numRuns: 30 },
    );
  });

  it('that cannot be written is an error that names it', async () => {
    await writeFile(join(folder, 'cache'), 'no folder');
    await expect(record()).rejects.toMatchObject({ code: 'FILE_SYSTEM', message: expect.stringContaining('record.jsonl') as unknown });
  });

  it('holds nothing of names and addresses', async () => {
    await left(['secret-project']);
    expect(await readFile(path, 'utf8')).toMatch(/^\{"recordVersion":1,"lock":"a+","destination":"b+"\}\n\["[0-9a-f]{32}",5000\]\n$/);
  });
});

describe('fingerprintOf', () => {
  const filename = 'alpha-1.0.tar.gz';
  const base = fingerprintOf(nameOf('alpha'), entry(filename), existing(filename));
  it.each([
    ['approved bytes', fingerprintOf(nameOf('alpha'), entry(filename, { content: 'x' }), existing(filename))],
    ['listed digest', fingerprintOf(nameOf('alpha'), entry(filename), existing(filename, { hashes: {} }))],
    ['listed size', fingerprintOf(nameOf('alpha'), entry(filename), existing(filename, { size: 1 }))],
    ['upload time', fingerprintOf(nameOf('alpha'), entry(filename), existing(filename, { uploadTime: '2026-01-01T00:00:00Z' }))],
    ['stamp', fingerprintOf(nameOf('alpha'), entry(filename), existing(filename, { stamp: '1:2' }))],
    ['companion', fingerprintOf(nameOf('alpha'), entry(filename), existing(filename, { coreMetadata: {} }))],
    ['address', fingerprintOf(nameOf('alpha'), entry(filename), { ...existing(filename), url: 'https://other.example/f' })],
    ['project', fingerprintOf(nameOf('beta'), entry(filename), existing(filename))],
  ])('changes with the %s', (_, other) => {
    expect(other).not.toBe(base);
  });

  it('stays with another signature in the URL', () => {
    const { url, ...listed } = existing(filename);
    expect(fingerprintOf(nameOf('alpha'), entry(filename), { ...listed, url: `${url}?token=1` })).toBe(base);
  });
});
