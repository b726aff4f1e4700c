import { describe, expect, it } from '@jest/globals';
import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPlan } from '../../../src/engine/plan.ts';
import { PkgsyncError } from '../../../src/errors.ts';
import { collect } from '../../support/collect.ts';
import { engineRun } from '../../support/engine-run.ts';
import { fakeDestination } from '../../support/fake-destination.ts';
import { fakeSource } from '../../support/fake-source.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const newRun = async (options: Partial<Parameters<typeof engineRun>[0]> = {}) => engineRun({ folder: await folder(), ...options });

describe('plan', () => {
  it('gives a complete plan, counted, with its projects to read as often as needed', async () => {
    const run = await newRun();
    await using made = await run.plan();
    expect(made.planId).toMatch(/^[0-9a-f]{64}$/);
    expect(made.counts).toMatchObject({ register: 2, upload: 3, remove: 0 });
    expect(made.summary).toMatchObject({ planId: made.planId, actions: 5, complete: true, lock: { add: 3 } });
    expect([...made.problems]).toEqual([]);
    expect(made.saved).toBe(false);
    for (let time = 0; time < 2; time++) expect((await collect(made.projects())).map(({ name }) => name)).toEqual(['alpha', 'beta']);
  });

  it('writes nothing but its temporary file, and discard removes that', async () => {
    const run = await newRun();
    const made = await run.plan();
    expect(await run.temporary()).toHaveLength(1);
    await made.discard();
    expect(await run.temporary()).toEqual([]);
    expect(await run.files()).toEqual([]);
    expect(run.destination.calls.filter((call) => !call.startsWith('list'))).toEqual([]);
  });

  it('tells every project and every line while it is made', async () => {
    const run = await newRun();
    const names: string[] = [];
    const lines: string[] = [];
    const made = await run.plan({ onProject: ({ name }) => void names.push(name), onLine: (line) => void lines.push(line) });
    const path = join(await folder(), 'plan.jsonl');
    await made.save(path);
    await made.discard();
    expect(names).toEqual(['alpha', 'beta']);
    expect(await readFile(path, 'utf8')).toBe(lines.join(''));
    expect(lines.length).toBeGreaterThan(5);
  });

  it('tells its progress as events', async () => {
    const run = await newRun();
    const types: string[] = [];
    await (await run.plan({ onEvent: ({ type }) => void types.push(type) })).discard();
    expect(types).toEqual(['stage-started', 'project-planned', 'project-planned']);
  });

  it('names what stands in its way as data', async () => {
    const run = await newRun({ config: { limits: { maxRemove: {}, maxReplace: {}, maxUpload: { files: 2 } } } });
    run.source.setProject('beta', undefined);
    run.source.setProject('alpha', ['alpha-1.0.tar.gz', 'alpha-1.1.tar.gz', 'alpha-1.2.tar.gz']);
    await using made = await run.plan();
    expect([...made.problems]).toEqual([['source-missing', 1]]);
    expect(made.notes).toEqual([expect.objectContaining({ kind: 'limit', destination: 'default', what: 'upload', count: 3 })]);
  });

  it('notes what the destination cannot carry, and that it is not complete', async () => {
    const source = fakeSource({ alpha: [{ filename: 'alpha-1.0.tar.gz', requiresPython: '>=3.9' }], beta: ['beta-0.5.tar.gz'] });
    const run = await newRun({ source, destination: fakeDestination({ traits: { carries: new Set() } }) });
    run.destination.failList('beta', new PkgsyncError('UNREACHABLE', 'gone'));
    await using made = await run.plan();
    expect(made.notes.map(({ kind }) => kind)).toEqual(['cannot-carry', 'incomplete']);
    expect(made.summary.complete).toBe(false);
  });

  it('notes what the destination serves that is not, or may not be, its own', async () => {
    const inherits = { alpha: ['alpha-9.0.tar.gz root/pypi'], beta: ['beta-9.0.tar.gz root/pypi', 'beta-8.0.tar.gz PyPI'] };
    const destination = fakeDestination({ inherits, traits: { sharedListing: 'it has upstreams' } });
    destination.place('beta', 'beta-0.5.tar.gz');
    await using made = await (await newRun({ destination })).plan();
    expect(made.notes).toEqual([
      {
        kind: 'inherited',
        destination: 'default',
        address: './default',
        projects: 2,
        files: 3,
        from: ['root/pypi', 'PyPI'],
        mixed: 1,
        examples: ['beta'],
      },
      { kind: 'shared-listing', destination: 'default', address: './default', because: 'it has upstreams' },
    ]);
  });

  it.each([
    ['before it starts', () => AbortSignal.abort(new Error('no more'))],
    ['while a page is read', undefined],
  ])('ends with INTERRUPTED where the caller aborts %s, and leaves nothing behind', async (_when, given) => {
    const run = await newRun();
    const controller = new AbortController();
    const options = given === undefined ? { onProject: () => controller.abort(new Error('no more')) } : {};
    const failing = run.plan({ signal: given?.() ?? controller.signal, ...options });
    await expect(failing).rejects.toMatchObject({ code: 'INTERRUPTED', cause: expect.objectContaining({ message: 'no more' }) });
    expect(await run.temporary()).toEqual([]);
  });

  it('leaves nothing behind after an error', async () => {
    const run = await newRun();
    await expect(run.plan({ options: { locked: true } })).rejects.toMatchObject({ code: 'LOCK_MISSING' });
    expect(await run.temporary()).toEqual([]);
  });
});

describe('openPlan', () => {
  it('opens what was saved: the same plan', async () => {
    const run = await newRun();
    const path = join(await folder(), 'plan.jsonl');
    await using made = await run.plan();
    await made.save(path);
    await using opened = await openPlan(path);
    expect(opened.saved).toBe(true);
    expect(opened.label).toBe(path);
    expect({ ...opened.summary }).toEqual({ ...made.summary });
    expect(await collect(opened.projects())).toEqual(await collect(made.projects()));
  });

  it('is not moved by what happens to the file afterwards', async () => {
    const run = await newRun();
    const path = join(await folder(), 'plan.jsonl');
    await using made = await run.plan();
    await made.save(path);
    await using opened = await openPlan(path);
    await writeFile(path, 'something else');
    expect(await collect(opened.projects())).toHaveLength(2);
  });

  it.each([
    ['missing', undefined, 'there is no such file'],
    ['truncated', (text: string) => text.split('\n').slice(0, -2).join('\n') + '\n', 'truncated'],
    ['edited', (text: string) => text.replace('"upload"', '"upload" '), 'digest'],
    ['followed by more', (text: string) => `${text}{}\n`, 'ended before'],
  ])('refuses one that is %s, and leaves nothing behind', async (_what, edit, message) => {
    const run = await newRun();
    const place = await folder();
    const path = join(place, 'plan.jsonl');
    await using made = await run.plan();
    if (edit !== undefined) {
      await made.save(path);
      await writeFile(path, edit(await readFile(path, 'utf8')));
    }
    const temporaryFolder = await folder();
    await appendFile(join(temporaryFolder, 'mine'), '');
    await expect(openPlan(path, { temporaryFolder })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining(message),
    });
    expect(await readdir(temporaryFolder)).toEqual(['mine']);
  });
});
