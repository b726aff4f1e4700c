import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openJournal } from '../../../src/apply/journal.ts';
import { encodeHints, readHints, wasSent } from '../../../src/apply/journal-hints.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const upload = (filename: string) => ({ to: 'https://index.example/', filename, digest: `sha256:${'a'.repeat(64)}` });
const never = (sentence: string) => {
  throw new Error(sentence);
};

async function written(text: string | Uint8Array) {
  const path = join(await folder(), 'journal.jsonl');
  await writeFile(path, text);
  return { path, hints: await readHints(path) };
}

describe('a journal', () => {
  it('tells the next apply what was fetched, and what was sent and not confirmed', async () => {
    const path = join(await folder(), 'journal.jsonl');
    const first = await openJournal(path, never);
    expect(first.hints).toMatchObject({ fetched: new Map(), sent: new Set() });
    first.fetched('.a-1.0.tar.gz.0123', 24);
    first.sent(upload('a-1.0.tar.gz'));
    first.sent(upload('b-1.0.tar.gz'));
    first.settled(upload('a-1.0.tar.gz'));
    await first.keep();

    const second = await openJournal(path, never);
    const { hints } = second;
    await second.keep();
    expect([...hints.fetched]).toEqual([['.a-1.0.tar.gz.0123', 24]]);
    expect(wasSent(hints, upload('a-1.0.tar.gz'))).toBe(false);
    expect(wasSent(hints, upload('b-1.0.tar.gz'))).toBe(true);
    expect(wasSent(hints, { ...upload('b-1.0.tar.gz'), digest: 'sha256:other' })).toBe(false);
  });

  it('tells it also to the apply after a second crash', async () => {
    const path = join(await folder(), 'journal.jsonl');
    const first = await openJournal(path, never);
    first.sent(upload('a-1.0.tar.gz'));
    await first.keep();
    await (await openJournal(path, never)).keep();
    expect(wasSent(await readHints(path), upload('a-1.0.tar.gz'))).toBe(true);
  });

  it('is a file of lines that nobody else can read, and goes when all is done', async () => {
    const path = join(await folder(), 'journal.jsonl');
    const journal = await openJournal(path, never);
    for (let count = 0; count < 100; count += 1) journal.fetched(`.a-${count}.tar.gz.0123`, count + 1);
    await journal.keep();
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(102);
    await journal.remove();
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('that cannot be written is told of once, and the apply goes on', async () => {
    const told: string[] = [];
    const path = join(await folder(), 'missing', 'journal.jsonl');
    const journal = await openJournal(path, (sentence) => void told.push(sentence));
    journal.fetched('.a.0123', 1);
    journal.sent(upload('a-1.0.tar.gz'));
    await journal.remove();
    expect(told).toEqual([
      expect.stringMatching(/^cannot write .*journal\.jsonl: no such file or folder .*may fetch files again that were fetched$/),
    ]);
  });

  it('does not write through what somebody put in its place', async () => {
    const here = await folder();
    const path = join(here, 'journal.jsonl');
    const precious = join(here, 'precious');
    await writeFile(precious, 'precious');
    await symlink(precious, path);
    await symlink(precious, `${path}.new`);
    const journal = await openJournal(path, never);
    journal.fetched('.a.0123', 1);
    await journal.remove();
    expect(await readFile(precious, 'utf8')).toBe('precious');
    expect(await readdir(here)).toEqual(['precious']);
  });

  it('gives way to a folder of its name without taking anything from it', async () => {
    const path = join(await folder(), 'journal.jsonl');
    await mkdir(path);
    const told: string[] = [];
    const journal = await openJournal(path, (sentence) => void told.push(sentence));
    expect(told).toHaveLength(1);
    await journal.keep();
    expect(await readdir(join(path, '..'))).toEqual(['journal.jsonl']);
  });
});

describe('the hints of a journal', () => {
  const header = '{"journalVersion":1}\n';
  const fetched = '{"fetched":".a.0123","size":7}\n';

  it.each([
    ['is empty', ''],
    ['is of another version', `{"journalVersion":2}\n${fetched}`],
    ['has no first line that says what it is', fetched],
    ['is no text', Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x80])],
    ['is one endless line', 'x'.repeat(100_000)],
    ['is JSON of another kind', '[]\nnull\n1\n'],
  ])('are none where it %s', async (_what, text) => {
    const { hints } = await written(text);
    expect([hints.fetched.size, hints.sent.size]).toEqual([0, 0]);
  });

  it('are none where there is none, or a folder, or a link', async () => {
    const here = await folder();
    await mkdir(join(here, 'a-folder'));
    await writeFile(join(here, 'journal'), `${header}${fetched}`);
    await symlink(join(here, 'journal'), join(here, 'a-link'));
    for (const name of ['missing', 'a-folder', 'a-link']) expect((await readHints(join(here, name))).fetched.size).toBe(0);
  });

  it('leave out a last line that was cut off, and lines that make no sense', async () => {
    const nonsense = ['{"fetched":1,"size":7}', '{"fetched":".b","size":-1}', '{"fetched":".b","size":1e300}', '{"sent":"x"}', '{', ''];
    const { hints } = await written(`${header}${nonsense.join('\n')}\n${fetched}${fetched.slice(0, -1).replace('.a.', '.c.')}`);
    expect([...hints.fetched]).toEqual([['.a.0123', 7]]);
    expect(hints.sent.size).toBe(0);
  });

  it('are bounded, whatever the journal holds: the oldest go', async () => {
    const lines = Array.from({ length: 5000 }, (_, at) => JSON.stringify({ sent: `f${at}`, to: 'x', digest: 'y' }));
    const { hints } = await written(`${header}${lines.join('\n')}\n`);
    expect(hints.sent.size).toBe(4096);
    expect(wasSent(hints, { to: 'x', filename: 'f4999', digest: 'y' })).toBe(true);
    expect(wasSent(hints, { to: 'x', filename: 'f0', digest: 'y' })).toBe(false);
  });

  it('never fail, and survive being written again', async () => {
    const here = await folder();
    const path = join(here, 'journal.jsonl');
    const line = fc.oneof(
      fc.record({ fetched: fc.string({ minLength: 1 }), size: fc.integer({ min: 1 }) }),
      fc.record({ sent: fc.string(), to: fc.string(), digest: fc.string() }),
      fc.record({ settled: fc.string(), to: fc.string(), digest: fc.string() }),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), fc.nat({ max: 200 }), async (lines, cut) => {
        const text = `${header}${lines.map((one) => `${JSON.stringify(one)}\n`).join('')}`;
        await writeFile(path, text.slice(0, Math.max(0, text.length - cut)));
        const hints = await readHints(path);
        await writeFile(path, encodeHints(hints));
        const again = await readHints(path);
        expect([...again.fetched]).toEqual([...hints.fetched]);
        expect([...again.sent]).toEqual([...hints.sent]);
      }),
      { numRuns: 100 },
    );
  });
});
