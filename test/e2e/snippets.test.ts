import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allSnippets, javascriptOf, root, snippetsIn, substituted, typeProblems } from '../support/snippets.ts';
import { demoSdist, demoWheel } from '../support/small-index.ts';
import { sourceServer } from '../support/source-server.ts';
import type { SourceServer } from '../support/source-server.ts';
import { uploadServer } from '../support/upload-server.ts';
import type { UploadServer } from '../support/upload-server.ts';
import { workspace } from '../support/workspace.ts';
import type { Workspace } from '../support/workspace.ts';

// Inside the package, so that `import 'pkgsync'` finds what `npm run build` has made, through the package's own exports.
mkdirSync(join(root, '.cache'), { recursive: true });
const place = mkdtempSync(join(root, '.cache', 'snippets-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const snippets = allSnippets();
const fileOf = (index: number, extension: string) => join(place, `snippet-${index}${extension}`);

describe('the code that the documentation shows', () => {
  it('is found', () => {
    expect(snippets.filter(({ place: where }) => where.startsWith('README.md')).length).toBeGreaterThan(0);
    expect(snippets.filter(({ place: where }) => where.startsWith('docs/')).length).toBeGreaterThan(2);
    expect(snippets.filter(({ place: where }) => where.startsWith('examples/')).length).toBeGreaterThan(0);
  });

  it('has the types that the package declares', () => {
    const files = snippets.map(({ text, extension }, index) => {
      const path = fileOf(index, extension);
      writeFileSync(path, text);
      return path;
    });
    const problems = typeProblems(files).map((problem) =>
      files.reduce((told, path, index) => told.replace(path, `${snippets[index]?.place ?? ''}, line`), problem),
    );
    expect(problems).toEqual([]);
  });

  it('would be refused with other types', () => {
    const path = fileOf(999, '.ts');
    writeFileSync(path, "import { plan } from 'pkgsync';\nawait plan({ manifesto: 1 });\n");
    expect(typeProblems([path])).toEqual([expect.stringContaining('manifesto')]);
  });

  describe('runs', () => {
    let source: SourceServer;
    let target: UploadServer;
    let open: UploadServer;
    let folder: Workspace;

    beforeEach(async () => {
      source = await sourceServer({
        celery: [demoWheel('celery', '5.3.0'), demoSdist('celery', '5.3.0'), demoWheel('celery', '5.4.0')],
        django: [demoWheel('django', '4.2'), demoWheel('django', '5.0')],
      });
      target = await uploadServer({ credentials: { username: 'ci', password: 'canary-4410' } });
      open = await uploadServer();
      folder = await workspace();
      mkdirSync(join(folder.folder, 'dist'));
      for (const { filename, bytes } of [demoWheel('demo', '1.0'), demoSdist('demo', '1.0')])
        writeFileSync(join(folder.folder, 'dist', filename), bytes);
      await folder.manifest({ source: source.url, destination: './mirror', packages: { celery: '>=5.3', django: '<6,>=4.2' } });
      expect((await folder.run('lock')).code).toBe(0);
    });
    afterEach(async () => {
      await folder[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
      await open[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
    });

    it.each(snippets.map((snippet, index) => [snippet.place, snippet, index] as const))('%s', async (_place, snippet, index) => {
      const standIns = {
        'https://pypi.org/simple/': source.url,
        'https://pypi.corp.example/team/stable/': target.url,
        'https://pypi.corp.example/team/prod/': open.url,
        'https://pypi.corp.example/': target.url,
      };
      const path = join(place, `run-${index}.mjs`);
      writeFileSync(path, javascriptOf(substituted(snippet, standIns)));
      const { code, stdout, stderr } = await run(path, folder.folder);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).not.toContain('canary');
    });
  });
});

describe('snippetsIn', () => {
  it('takes blocks of the languages that can be run, with the line where each begins', () => {
    const page = ['text', '```ts', 'one();', '```', '```sh', 'rm', '```', '* item', '  ```js', '  two();', '  ```'].join('\n');
    expect(snippetsIn(page, 'p.md')).toEqual([
      { place: 'p.md:2', text: 'one();\n', extension: '.ts' },
      { place: 'p.md:9', text: '  two();\n', extension: '.mjs' },
    ]);
  });
});

describe('substituted', () => {
  const snippet = { place: 'p.md:1', text: "get('https://a.example/x/y');", extension: '.ts' } as const;

  it('replaces addresses, longest first', () => {
    expect(substituted(snippet, { 'https://a.example/': 'S/', 'https://a.example/x/': 'X/' })).toBe("get('X/y');");
  });

  it('fails for an address that nothing stands for', () => {
    expect(() => substituted(snippet, { 'https://b.example/': 'S/' })).toThrow('p.md:1: nothing stands for https://a.example/x/y');
  });
});

/** Runs a script as somebody would who has pkgsync installed. */
async function run(path: string, cwd: string): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PKGSYNC_|NODE_)|_proxy$/i.test(name)));
  const child = spawn(process.execPath, [path], { cwd, env: { ...environment, CORP_INDEX_PASSWORD: 'canary-4410' } });
  child.stdin.end();
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}
