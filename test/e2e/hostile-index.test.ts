import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { CliResult } from '../support/cli.ts';
import { demoSdist, demoWheel, smallIndex } from '../support/small-index.ts';
import { sourceServer, type OfferedFile, type SourceServer } from '../support/source-server.ts';
import { workspace, type Workspace } from '../support/workspace.ts';

const escapes = '\u001b]0;owned\u0007\u001b[2J\r\n\u202e<img src=x onerror=alert(1)>|`](javascript:alert(1))';
/** Whatever a terminal would act on, or show in another order. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const actedOn = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

let source: SourceServer;
let folder: Workspace;

beforeEach(async () => {
  source = await sourceServer(smallIndex());
  folder = await workspace();
  await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: '*' } });
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

function said({ stdout, stderr }: CliResult): string {
  return stdout + stderr;
}

/** The file under a name that its page claims, and that nobody should take. */
function named(filename: string, version = '1.0'): OfferedFile {
  return demoSdist('alpha', version, { claims: { filename } });
}

describe('an index full of tricks', () => {
  const good = demoSdist('alpha', '9.0');

  it('gets nothing in by filenames: paths, hidden and invisible characters, lookalikes, other projects, too long', async () => {
    const filenames = [
      '../../../alpha-1.0.tar.gz',
      'alpha-1.0.tar.gz/../../../x.tar.gz',
      '/tmp/alpha-1.0.tar.gz',
      '..\\..\\alpha-1.0.tar.gz',
      'alpha-1.0.tar.gz\u0000.whl',
      'alpha-1.0\u202egz.rat.tar.gz',
      'alpha-1.0\u001b[2J.tar.gz',
      '\u0430lpha-1.0.tar.gz',
      'alpha-\uff11.0.tar.gz',
      'alpha-1.0+u\u0308.tar.gz',
      'alphá-1.0.tar.gz',
      '.alpha-1.0.tar.gz',
      'beta-1.0.tar.gz',
      'alph-1.0.tar.gz',
      `alpha-1.${'0'.repeat(241)}.tar.gz`,
    ];
    source.projects = { alpha: [...filenames.map((filename) => named(filename)), good] };
    const applied = await folder.run('apply', '--yes', '--verbose');
    expect(said(applied)).not.toMatch(actedOn);
    expect(applied.code).toBe(0);
    expect(source.downloads()).toEqual(['alpha-9.0.tar.gz']);
    const files = await folder.files('.');
    expect(files.filter((file) => /\.(?:gz|whl)$/.test(file))).toEqual(['mirror/packages/alpha/alpha-9.0.tar.gz']);
  });

  it('makes nobody read what is no link, and says which links it does not follow', async () => {
    const urls = [
      'file:///etc/passwd',
      'javascript:alert(1)',
      'data:application/gzip,x',
      'http://169.254.169.254/latest/',
      '//[::ffff:169.254.169.254]/x',
      'http://metadata.invalid:bad/',
    ];
    source.projects = { alpha: [...urls.map((url, index) => demoSdist('alpha', `1.${index}`, { claims: { url } })), good] };
    const { code, stdout, stderr } = await folder.run('apply', '--yes');
    expect(await folder.files('mirror/packages')).toEqual(['alpha/alpha-9.0.tar.gz']);
    expect(code).toBe(29);
    expect(new Set((stdout + stderr).match(/refused to follow the index to http:[^ ]+/g))).toEqual(
      new Set([
        'refused to follow the index to http://169.254.169.254/latest/:',
        'refused to follow the index to http://[::ffff:a9fe:a9fe]/x:',
      ]),
    );
  });

  it('paints nothing with its words: plan, plan file, Markdown, JSON, apply, drift, list', async () => {
    source.projects = {
      alpha: [
        demoSdist('alpha', '1.0', { yanked: escapes }),
        demoSdist('alpha', '2.0', { requiresPython: `>=3${escapes}` }),
        named(`a${escapes}`),
        good,
      ],
    };
    await folder.manifest({ source: source.url, destination: './mirror', packages: { alpha: { version: '*', yanked: 'include' } } });
    const results = [
      await folder.run('plan', '--verbose', '--out', 'plan.jsonl'),
      await folder.run('show', 'plan.jsonl'),
      await folder.run('show', '--json', 'plan.jsonl'),
      await folder.run('apply', '--yes', '--verbose'),
      await folder.run('drift', '--verbose'),
      await folder.run('list', 'alpha', '--source-url', source.url, '--yanked'),
    ];
    expect(results.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(results.map(() => [0, '']));
    for (const result of results) expect(said(result).replaceAll('\t', ' ')).not.toMatch(actedOn);
    const markdown = await folder.run('show', '--markdown', 'plan.jsonl');
    expect(said(markdown)).not.toMatch(actedOn);
    expect(markdown.stdout).not.toMatch(/<img|\]\(javascript/);
    const page = await folder.read('mirror/simple/alpha/index.html');
    expect(page).not.toMatch(/<img/);
    expect(page).toContain('data-yanked="');
  });

  it('changes no object of the program through the keys of its pages', async () => {
    const body = JSON.stringify({
      meta: { 'api-version': '1.1' },
      name: 'alpha',
      files: [
        {
          filename: good.filename,
          url: `../../files/alpha/${good.filename}`,
          hashes: { sha256: createHash('sha256').update(good.bytes).digest('hex') },
        },
      ],
    }).replace('"files":', '"__proto__":{"yanked":true,"then":1},"constructor":{"prototype":{"yanked":true}},"files":');
    source.projects = { alpha: [good] };
    source.pages.set('alpha', { body, headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' } });
    expect((await folder.run('apply', '--yes')).code).toBe(0);
    expect(await folder.files('mirror/packages')).toEqual(['alpha/alpha-9.0.tar.gz']);
  });

  it('brings two files that a file system may take for one to nobody', async () => {
    source.projects = { alpha: [demoSdist('alpha', '1.0'), { ...named('Alpha-1.0.tar.gz'), filename: 'Alpha-1.0.tar.gz' }, good] };
    const { stdout, stderr, code } = await folder.run('plan');
    expect(stdout + stderr).toContain('name-clash');
    expect(code).not.toBe(1);
    await folder.run('apply', '--yes');
    const names = (await folder.files('mirror/packages')).map((file) => file.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    [
      'headers without end',
      { headers: Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`x-${index}`, 'y'.repeat(50)])), body: '{}' },
    ],
    [
      'a page nested a million deep',
      { headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' }, body: `{"files":${'['.repeat(1_000_000)}` },
    ],
    [
      'a page of another project',
      { headers: { 'content-type': 'text/html' }, body: '<a href="beta-1.0.tar.gz#sha256=00">beta-1.0.tar.gz</a><script>1</script>' },
    ],
    [
      'a login',
      {
        headers: { 'content-type': 'text/html' },
        body: '<html><title>Sign in</title><form method=post><input type=password></form></html>',
      },
    ],
  ])('answers with %s and is told so, in one sentence', async (_, reply) => {
    source.pages.set('alpha', reply);
    const { code, stdout, stderr } = await folder.run('plan');
    expect(stdout + stderr).not.toMatch(/RangeError|TypeError|at .*\.js:/);
    expect([20, 27]).toContain(code);
    expect(await folder.files('mirror')).toEqual([]);
  });
});

describe('bytes that change after the plan was made', () => {
  const version = demoWheel('alpha', '3.0');
  const promised = { sha256: createHash('sha256').update(version.bytes).digest('hex'), size: version.bytes.byteLength };

  beforeEach(async () => {
    source.projects = { alpha: [version] };
    expect((await folder.run('plan', '--out', 'plan.jsonl')).code).toBe(0);
  });

  it('under the old digest are not let in', async () => {
    const other = Buffer.from(version.bytes);
    other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 1;
    source.projects = { alpha: [{ ...version, bytes: other, claims: promised }] };
    const { code, stdout, stderr } = await folder.run('apply', 'plan.jsonl');
    expect(code).toBe(22);
    expect(stdout + stderr).toContain(promised.sha256);
    expect(await folder.files('mirror/packages')).toEqual([]);
  });

  it('together with their digest are not let in either', async () => {
    source.projects = { alpha: [{ ...demoWheel('alpha', '3.0', { requires: ['evil'] }) }] };
    const { code, stdout, stderr } = await folder.run('apply', 'plan.jsonl');
    expect(code).toBe(22);
    expect(stdout + stderr).toContain('alpha-3.0-py3-none-any.whl');
    expect(await folder.files('mirror/packages')).toEqual([]);
  });
});

describe('the id of a plan', () => {
  const idIn = (text: string) => /Plan ([0-9a-f]{12})/.exec(text)?.[1];

  it('does not depend on machine, time zone, language, order of the page or number of connections', async () => {
    await folder.manifest({ source: source.url, destination: './mirror', packages: { beta: '*', alpha: '*' } });
    const first = idIn((await folder.run('plan')).stdout);
    expect(first).toBeDefined();
    const { alpha = [], beta = [] } = source.projects;
    source.projects = { beta, alpha: [...alpha].reverse() };
    await using elsewhere = await workspace();
    await elsewhere.manifest({ packages: { alpha: '*', beta: '*' }, destination: './mirror', source: source.url });
    const env = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', HOME: elsewhere.folder, HOSTNAME: 'other' };
    const second = await elsewhere.runWith({ env }, 'plan', '--concurrency', '1');
    expect(idIn(second.stdout)).toBe(first);
  });
});
