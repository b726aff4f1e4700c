import { renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { problemsOf, servedOf, treeOf } from '../support/served-tree.ts';
import { smallDisk, withoutSmallDisks } from '../support/small-disk.ts';
import { demoWheel, smallIndex } from '../support/small-index.ts';
import { digest, sourceServer } from '../support/source-server.ts';
import type { OfferedFile, SourceServer } from '../support/source-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

describe('a directory that somebody interferes with', () => {
  let source: SourceServer;
  let folder: Workspace;
  const gamma = demoWheel('gamma', '1.0');

  beforeEach(async () => {
    source = await sourceServer({ ...smallIndex(), gamma: [gamma] });
    folder = await workspace();
    await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*' } });
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  const manifest = () => folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*', beta: '*', gamma: '*' } });
  const known = (filename: string): ReadonlySet<string> =>
    new Set(
      Object.values(source.projects)
        .flat()
        .filter((file) => file.filename === filename)
        .map(({ bytes }) => digest('sha256', bytes)),
    );

  /** `happens` when the file is asked for. */
  function whenFetched(file: OfferedFile, happens: () => void): OfferedFile {
    return {
      ...file,
      get download() {
        happens();
        return { body: file.bytes };
      },
    };
  }

  it('is not made anew where it vanishes while files are fetched, and is completed once it is back', async () => {
    expect((await folder.run('apply', '--yes')).code).toBe(0);
    await manifest();
    let gone = false;
    source.projects = {
      ...source.projects,
      gamma: [
        whenFetched(gamma, () => {
          if (!gone) renameSync(folder.path('mirror'), folder.path('away'));
          gone = true;
        }),
      ],
    };
    const { code, stdout, stderr } = await folder.run('apply', '--yes');
    expect(`${stdout}${stderr}`).toMatch(/! upload gamma-1\.0\S+: \S+\/mirror\/\S+ does not exist\n/);
    expect(code).toBe(29);
    expect(await folder.files('mirror')).toEqual([]);
    expect(problemsOf(await treeOf(folder.path('away')), known)).toEqual([]);

    await rename(folder.path('away'), folder.path('mirror'));
    expect((await folder.run('apply', '--yes')).code).toBe(0);
    const tree = await treeOf(folder.path('mirror'));
    expect(problemsOf(tree, known)).toEqual([]);
    expect([...servedOf(tree).keys()]).toContain('packages/gamma/gamma-1.0-py3-none-any.whl');
    expect((await folder.run('drift')).code).toBe(0);
  });

  const missing = withoutSmallDisks();
  const mounted = missing === undefined ? it : it.skip;
  mounted(`that is read-only is left alone, and the message says so${missing === undefined ? '' : ` (skipped: ${missing})`}`, async () => {
    await using disk = await smallDisk(folder.path('mirror'), 1024 * 1024);
    disk.readOnly(true);
    const { code, stderr } = await folder.run('apply', '--yes');
    expect(stderr).toMatch(/^error: cannot take the lease .*\/mirror\/\.pkgsync\/lease\.json: the file system is read-only \(EROFS\)$/m);
    expect(code).toBe(20);
    expect(await folder.files('.')).toEqual(['pkgsync.json']);
    disk.readOnly(false);
    expect((await folder.run('apply', '--yes')).code).toBe(0);
  });
});
