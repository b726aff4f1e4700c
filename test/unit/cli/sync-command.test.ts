import { beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncCommand } from '../../../src/cli/commands/sync.ts';
import type { Console } from '../../../src/cli/console.ts';
import type { Session } from '../../../src/cli/session.ts';
import type { SyncFlags } from '../../../src/cli/sync-arguments.ts';
import { Progress } from '../../../src/reporters/progress.ts';
import { createStyle } from '../../../src/reporters/style.ts';
import { demoWheel } from '../../support/small-index.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();

/** A console in memory: what was asked, what was noted, and what its user answers. */
function fakeConsole(answer: string | undefined, interactive: boolean) {
  const asked: string[] = [];
  const notes: string[] = [];
  const style = createStyle(false);
  const progress = new Progress({ write: () => undefined, terminal: false, columns: () => 80, style, quiet: true, now: () => 0 });
  const ask = (question: string) => {
    asked.push(question);
    return Promise.resolve(answer);
  };
  const note = (text: string) => void notes.push(text);
  const console: Console = { style, noteStyle: style, progress, interactive, out: () => Promise.resolve(), note, ask, askSecret: ask };
  return { console, asked, notes };
}

describe('syncCommand', () => {
  let place: string;
  beforeEach(async () => {
    place = await folder();
    await mkdir(join(place, 'wheels'));
    const { filename, bytes } = demoWheel('beta', '0.5');
    await writeFile(join(place, 'wheels', filename), bytes);
  });

  const sync = async (flags: Partial<SyncFlags>, { answer, interactive = true }: { answer?: string; interactive?: boolean } = {}) => {
    const fake = fakeConsole(answer, interactive);
    const session: Session = {
      flags: { manifest: '', concurrency: 4 },
      console: fake.console,
      environment: {},
      signal: new AbortController().signal,
      interruptedBy: () => undefined,
    };
    const code = await syncCommand(session, {
      sourceUrl: join(place, 'wheels'),
      destinationUrl: join(place, 'mirror'),
      ...flags,
    });
    return { ...fake, code, arrived: (await readdir(place)).includes('mirror') };
  };

  it.each([
    ['no', 30, false],
    ['', 30, false],
    // Ctrl-D.
    [undefined, 30, false],
    ['yes', 0, true],
  ])('asks on a terminal before it brings everything, and takes %j for %d', async (answer, code, arrived) => {
    const outcome = await sync({ all: true }, answer === undefined ? {} : { answer });
    expect(outcome.asked).toHaveLength(1);
    expect(outcome).toMatchObject({ code, arrived });
    expect(outcome.notes.includes('Declined. Nothing was written.')).toBe(code === 30);
  });

  it.each([
    ['with --yes', { all: true, yes: true }, {}],
    ['without a terminal', { all: true }, { interactive: false }],
    ['for packages that are named', { specs: ['beta'] }, {}],
  ])('asks nobody %s', async (_when, flags, how) => {
    expect(await sync(flags, how)).toMatchObject({ code: 0, asked: [], arrived: true });
    expect(await sync(flags, how)).toMatchObject({ code: 0, asked: [] });
  });

  it('asks for the password of a user that has none', async () => {
    const refused = sync({ specs: ['beta'], destinationUrl: 'http://127.0.0.1:1/', destinationUsername: 'ci' }, { answer: 'canary' });
    await expect(refused).rejects.toMatchObject({ code: 'UNREACHABLE', message: expect.not.stringContaining('canary') as unknown });
  });
});
