import { describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import type { Console } from '../../../src/cli/console.ts';
import { NoteLines } from '../../../src/cli/note-lines.ts';
import type { PlanNote } from '../../../src/engine/summary.ts';
import { problemsBySchema } from '../../../src/io/json-schema.ts';
import type { Warning } from '../../../src/plan/plan.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();

/** The compiler sees to it that none is missing. */
const classes: Readonly<Record<Warning['class'] | PlanNote['kind'], true>> = {
  'yanked-upstream': true,
  'source-vanished': true,
  'project-status': true,
  'newer-release': true,
  'skipped-file': true,
  page: true,
  selection: true,
  dependency: true,
  inherited: true,
  'shared-listing': true,
  unlisted: true,
  'destination-cannot-carry': true,
  limit: true,
  'cannot-carry': true,
  'every-wheel': true,
  'left-out': true,
  incomplete: true,
};

async function printed(count: number, place: string): Promise<readonly { name?: string; class: string; message: string }[]> {
  const kept = new NoteLines(place);
  let text = '';
  const console = { out: (part: string) => Promise.resolve(void (text += part)) } as unknown as Console;
  try {
    for (let index = 0; index < count; index += 1)
      await kept.add({ name: `p${index}`, warnings: [{ class: 'newer-release', message: `line\nbreak ${index}` }] });
    await kept.print({ console }, [{ kind: 'incomplete' }]);
  } finally {
    await kept[Symbol.asyncDispose]();
  }
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { name?: string; class: string; message: string });
}

describe('NoteLines', () => {
  it.each(Object.keys(classes))('may have a note of class %s by the schema, and none of another', (name) => {
    const note = { type: 'note', eventsVersion: 1, class: name, message: 'x' };
    expect(problemsBySchema('events', note)).toEqual([]);
    expect(problemsBySchema('events', { ...note, class: `${name}?` })).not.toEqual([]);
  });

  it.each([0, 1, 2000])('prints %d notes in order, then those of the plan, and leaves nothing behind', async (count) => {
    const place = await folder();
    const notes = await printed(count, place);
    expect(notes.map(({ name }) => name)).toEqual([...Array.from({ length: count }, (_, index) => `p${index}`), undefined]);
    expect(notes.at(-1)).toMatchObject({ type: 'note', eventsVersion: 1, class: 'incomplete' });
    if (count > 0) expect(notes[0]).toMatchObject({ class: 'newer-release', message: 'line\nbreak 0' });
    expect(await readdir(place)).toEqual([]);
  });

  it('holds no more than it must in memory', async () => {
    const place = await folder();
    const kept = new NoteLines(place);
    for (let index = 0; index < 2000; index += 1) await kept.add({ name: 'p', warnings: [{ class: 'page', message: 'x'.repeat(100) }] });
    expect(await readdir(place)).toHaveLength(1);
    await kept[Symbol.asyncDispose]();
    expect(await readdir(place)).toEqual([]);
  });

  it('says where it cannot write', async () => {
    const kept = new NoteLines('/nowhere/at/all');
    await expect(kept.add({ name: 'p', warnings: [{ class: 'page', message: 'x'.repeat(70_000) }] })).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
    });
  });
});
