import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LockPackage } from '../../../src/lockfile/lock.ts';
import { decodeLock, encodeLock, lockExists, readLock, requireLock, stageLock, writeLock } from '../../../src/lockfile/lockfile.ts';
import { anyLock, digest, lockEntry, lockPackage } from '../../support/locks.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const newPath = async () => join(await newFolder(), 'pkgsync.lock');

async function encoded(packages: readonly LockPackage[]): Promise<string> {
  let text = '';
  for await (const piece of encodeLock(packages)) text += piece;
  return text;
}

async function read(path: string): Promise<LockPackage[]> {
  const packages: LockPackage[] = [];
  for await (const locked of readLock(path)) packages.push(locked);
  return packages;
}

/** Reads the text as a lock file. */
async function readText(text: string | Uint8Array): Promise<LockPackage[]> {
  const path = await newPath();
  await writeFile(path, text);
  return read(path);
}

/** Without keys whose value is undefined, as a file holds it. */
const asStored = (packages: readonly LockPackage[]): unknown => JSON.parse(JSON.stringify(packages));

const celery = lockPackage('celery', {
  rule: { version: '>=5.3' },
  files: [
    lockEntry('celery-5.3.0-py3-none-any.whl', { version: '5.3.0', size: 12, yanked: 'broken', requiresPython: '>=3.8' }),
    lockEntry('celery-5.3.0.tar.gz', { version: '5.3.0', removed: 'superseded' }),
  ],
});
const kombu = lockPackage('kombu', { rule: null, via: [celery.name], files: [] });
const zope = lockPackage('zope-interface');

describe('the canonical layout', () => {
  it('has one line for each package and one for each file', async () => {
    expect(await encoded([celery, kombu, zope])).toBe(`{
  "lockVersion": 1,
  "packages": [
    {"name":"celery","rule":{"version":">=5.3"},"files":[
      {"filename":"celery-5.3.0-py3-none-any.whl","version":"5.3.0","size":12,"hashes":{"sha256":"${digest('celery-5.3.0-py3-none-any.whl')}"},"requiresPython":">=3.8","yanked":"broken"},
      {"filename":"celery-5.3.0.tar.gz","version":"5.3.0","hashes":{"sha256":"${digest('celery-5.3.0.tar.gz')}"},"removed":"superseded"}
    ]},
    {"name":"kombu","rule":null,"via":["celery"],"files":[]},
    {"name":"zope-interface","rule":{},"files":[
      {"filename":"zope_interface-1.0.tar.gz","version":"1.0","hashes":{"sha256":"${digest('zope_interface-1.0.tar.gz')}"}}
    ]}
  ]
}
`);
  });

  it('of an empty lock is valid JSON too', async () => {
    expect(await encoded([])).toBe('{\n  "lockVersion": 1,\n  "packages": []\n}\n');
  });

  it('does not depend on the order of keys or of via', async () => {
    const { name, rule, files } = celery;
    const shuffled = {
      files: files.map((entry) => Object.fromEntries(Object.entries(entry).reverse())),
      rule,
      name,
    } as unknown as LockPackage;
    expect(await encoded([shuffled])).toBe(await encoded([celery]));
    const via = [zope.name, celery.name];
    expect(await encoded([{ ...kombu, via }])).toBe(await encoded([{ ...kombu, via: via.toReversed() }]));
  });

  it.each<[string, readonly LockPackage[]]>([
    ['packages out of order', [kombu, celery]],
    ['a package twice', [celery, celery]],
    ['files out of order', [{ ...celery, files: celery.files.toReversed() }]],
    ['a file twice', [{ ...celery, files: [celery.files[0]!, celery.files[0]!] }]],
    ['a file without a digest', [lockPackage('a', { files: [lockEntry('a-1.0.tar.gz', { hashes: {} })] })]],
  ])('refuses %s', async (_, packages) => {
    await expect(encoded(packages)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('a lock that we wrote', () => {
  it('comes back as it was and encodes to the same bytes, streamed or whole', async () => {
    const path = await newPath();
    await fc.assert(
      fc.asyncProperty(anyLock, async (packages) => {
        const text = await encoded(packages);
        await writeFile(path, text);
        const streamed = await read(path);
        expect(streamed).toEqual(asStored(packages));
        expect(decodeLock(text, path)).toEqual(streamed);
        expect(await encoded(streamed)).toBe(text);
        expect(JSON.parse(text)).toEqual({ lockVersion: 1, packages: asStored(packages) });
      }),
      { numRuns: 150 },
    );
  });

  it('comes back the same after any tool has laid out its JSON anew', async () => {
    const path = await newPath();
    await fc.assert(
      fc.asyncProperty(anyLock, fc.constantFrom(undefined, 1, 2, '\t'), fc.boolean(), async (packages, indent, reverse) => {
        const value = JSON.parse(await encoded(packages)) as { packages: { files: unknown[] }[] };
        if (reverse) value.packages.reverse().forEach(({ files }) => files.reverse());
        await writeFile(path, JSON.stringify(value, undefined, indent));
        expect(await read(path)).toEqual(asStored(packages));
      }),
      { numRuns: 100 },
    );
  });

  it('may have Windows line ends or a byte order mark', async () => {
    const text = await encoded([celery, kombu]);
    expect(await readText(text.replaceAll('\n', '\r\n'))).toEqual(asStored([celery, kombu]));
    expect(await readText(`\ufeff${text}`)).toEqual(asStored([celery, kombu]));
  });

  it('is read one package at a time, and closed when the reader stops', async () => {
    const path = await newPath();
    const many = Array.from({ length: 5000 }, (_, index) => lockPackage(`p${String(index).padStart(5, '0')}`));
    await writeLock(path, many);
    const packages = readLock(path);
    expect(await read(path)).toEqual(many);
    const first = await packages.next();
    expect(first.value).toMatchObject({ name: 'p00000' });
    await packages.return(undefined);
    expect(await packages.next()).toEqual({ done: true, value: undefined });
  });

  it('keeps line separators of Unicode inside their strings', async () => {
    const odd = lockPackage('a', { files: [lockEntry('a-1.0.tar.gz', { yanked: 'a\u2028b\u0085c\nd"e\\f\ud800' })] });
    expect(await readText(await encoded([odd]))).toEqual([odd]);
  });
});

describe('two branches that touch different packages', () => {
  const hasGit = spawnSync('git', ['--version']).status === 0;

  (hasGit ? it : it.skip)('merge without a conflict, and the result is what both wanted', async () => {
    const folder = await newFolder();
    const packages = ['a', 'b', 'c', 'd'].map((name) =>
      lockPackage(name, { files: [lockEntry(`${name}-1.0.tar.gz`), lockEntry(`${name}-1.1.tar.gz`)] }),
    );
    const [a, b, c, d] = packages as [LockPackage, LockPackage, LockPackage, LockPackage];
    const longer = { ...b, files: [...b.files, lockEntry('b-1.2.tar.gz')] };
    const changed = { ...d, rule: { latest: 1 } };
    const added = lockPackage('aa');
    await writeLock(join(folder, 'base'), [a, b, c, d]);
    await writeLock(join(folder, 'ours'), [a, added, longer, c, d]);
    await writeLock(join(folder, 'theirs'), [a, b, c, changed]);
    execFileSync('git', ['merge-file', 'ours', 'base', 'theirs'], { cwd: folder });
    expect(await readFile(join(folder, 'ours'), 'utf8')).toBe(await encoded([a, added, longer, c, changed]));
  });
});

describe('a lock that is damaged', () => {
  const problemsOf = async (
    text: string | Uint8Array,
  ): Promise<{ message: string; problems: readonly string[]; hint: string | undefined }> => {
    const path = await newPath();
    await writeFile(path, text);
    const error: unknown = await read(path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'LOCK_INVALID' });
    const { message, problems, hint } = error as { message: string; problems: readonly string[]; hint: string | undefined };
    return {
      message: message.replaceAll(path, 'pkgsync.lock'),
      problems: problems.map((line) => line.replaceAll(path, 'pkgsync.lock')),
      hint,
    };
  };
  const restore =
    "restore it from version control, or delete it and run 'pkgsync lock', which approves anew what the sources offer now: review that change";

  it('by a merge conflict is named as that, with the line', async () => {
    const lines = (await encoded([celery, kombu])).split('\n');
    lines.splice(4, 1, '<<<<<<< HEAD', lines[4]!, '=======', lines[4]!, '>>>>>>> branch');
    expect(await problemsOf(lines.join('\n'))).toEqual({
      message: 'pkgsync.lock:5: this line marks a merge conflict',
      problems: [],
      hint: "resolve the conflict, then run 'pkgsync lock'",
    });
    const reformatted = JSON.stringify(JSON.parse(await encoded([celery])), undefined, 2).split('\n');
    reformatted.splice(2, 0, '<<<<<<< HEAD');
    expect((await problemsOf(reformatted.join('\r\n'))).message).toBe('pkgsync.lock:3: this line marks a merge conflict');
  });

  it('by a newer pkgsync is named as that, in any layout', async () => {
    const newer = (await encoded([celery])).replace('"lockVersion": 1', '"lockVersion": 2');
    const expected = {
      message: 'pkgsync.lock was written by a newer pkgsync (lockVersion 2; this one reads 1)',
      problems: [],
      hint: 'update pkgsync',
    };
    expect(await problemsOf(newer)).toEqual(expected);
    expect(await problemsOf('{"lockVersion":2,"future":{}}')).toEqual(expected);
  });

  it('wherever it is cut off is refused', async () => {
    const text = await encoded([celery, kombu]);
    // Without the last line break it is still whole.
    for (let length = 0; length < text.length - 1; length += 7) {
      const { message, hint } = await problemsOf(text.slice(0, length));
      expect(message).toMatch(/^pkgsync\.lock:\d+: not JSON: .*\(the end of the file seems to be missing\)$/);
      expect(hint).toBe(restore);
    }
  });

  it.each([
    ['', 'pkgsync.lock:1: not JSON: expected a value (the end of the file seems to be missing)'],
    ['{} {}', 'pkgsync.lock:1: not JSON: something follows after the end of the document'],
    ['{ "lockVersion": 1, "packages": [], }', 'pkgsync.lock:1: not JSON: expected a key in double quotes'],
    ['// a lock\n{}', 'pkgsync.lock:1: not JSON: comments are not allowed here'],
  ])('%j is not JSON, at a line', async (text, message) => {
    expect(await problemsOf(text)).toMatchObject({ message });
  });

  it('by one broken line in canonical layout names that line', async () => {
    const text = (await encoded([celery, kombu])).replace('"version":"5.3.0","size":12', '"version":"5.3.0","size":012');
    expect((await problemsOf(text)).message).toBe("pkgsync.lock:5: not JSON: expected ','");
  });

  it('by bytes that are not UTF-8 is named as that', async () => {
    const text = Buffer.from(await encoded([celery]));
    text[text.indexOf('broken')] = 0xff;
    expect((await problemsOf(text)).message).toBe('pkgsync.lock is not UTF-8 text');
  });

  const sha256 = digest('celery-5.3.0.tar.gz');
  it.each([
    [
      'an invalid digest',
      (text: string) => text.replace(sha256, sha256.slice(1)),
      ['pkgsync.lock:6:78: /packages/0/files/1/hashes/sha256: expected a sha256 digest: 64 lower-case hexadecimal digits, found'],
    ],
    [
      'a digest in capitals',
      (text: string) => text.replace(sha256, sha256.toUpperCase()),
      ['pkgsync.lock:6:78: /packages/0/files/1/hashes/sha256: expected a sha256'],
    ],
    [
      'no digest',
      (text: string) => text.replace(`"sha256":"${sha256}"`, ''),
      ['pkgsync.lock:6:68: /packages/0/files/1/hashes: expected an object of at least one digest, found an empty object'],
    ],
    [
      'another algorithm',
      (text: string) => text.replace(`"sha256":"${sha256}"`, '"crc32":"0"'),
      ["pkgsync.lock:6:69: /packages/0/files/1/hashes/crc32: unknown key 'crc32'; expected 'sha512'"],
    ],
    [
      'a misspelt key',
      (text: string) => text.replace('"size"', '"sizes"'),
      ["pkgsync.lock:5:69: /packages/0/files/0/sizes: unknown key 'sizes'; did you mean 'size'?"],
    ],
    [
      'an unknown reason',
      (text: string) => text.replace('superseded', 'obsolete'),
      ["pkgsync.lock:6:156: /packages/0/files/1/removed: expected 'package-removed', 'rule-changed' or 'superseded', found 'obsolete'"],
    ],
    [
      'yanked: false',
      (text: string) => text.replace('"broken"', 'false'),
      ['pkgsync.lock:5:200: /packages/0/files/0/yanked: expected true, found false'],
    ],
    [
      'a name that is not normalised',
      (text: string) => text.replace('"kombu"', '"Kombu_x"'),
      [
        "pkgsync.lock:8:13: /packages/1/name: expected a normalised project name (lower-case letters, digits and single '-'), found 'Kombu_x'",
      ],
    ],
    [
      'an unknown field of a rule',
      (text: string) => text.replace('"version":">=5.3"', '"versions":">=5.3"'),
      ["pkgsync.lock:4:30: /packages/0/rule/versions: unknown key 'versions'; did you mean 'version'?"],
    ],
    [
      'a file of another project',
      (text: string) => text.replace('celery-5.3.0.tar.gz', 'kombu-5.3.0.tar.gz'),
      [
        "pkgsync.lock:6:19: /packages/0/files/1/filename: 'kombu-5.3.0.tar.gz' is not the name of a distribution file of 'celery' (other-project)",
      ],
    ],
    [
      'a path',
      (text: string) => text.replace('celery-5.3.0.tar.gz', 'celery-5.3.0/../../x.tar.gz'),
      [
        "pkgsync.lock:6:19: /packages/0/files/1/filename: 'celery-5.3.0/../../x.tar.gz' is not the name of a distribution file of 'celery' (unsafe-filename)",
      ],
    ],
    [
      '__proto__',
      (text: string) => text.replace(`"sha256":"${sha256}"`, `"__proto__":{"sha256":"${sha256}"}`),
      ["pkgsync.lock:6:69: /packages/0/files/1/hashes/__proto__: unknown key '__proto__'; expected 'sha512'"],
    ],
    [
      'a repeated key',
      (text: string) => text.replace(`"sha256":"${sha256}"`, `"sha256":"${digest('other')}","sha256":"${sha256}"`),
      ["/hashes/sha256: the key 'sha256' stands here twice (first in line 6)"],
    ],
    [
      'a repeated key in another spelling',
      (text: string) =>
        text.replace('"filename":"celery-5.3.0.tar.gz"', '"filename":"celery-5.3.0.tar.gz","filen\\u0061me":"celery-9.tar.gz"'),
      ["/filename: the key 'filename' stands here twice (first in line 6)"],
    ],
  ])('by hand (%s) is refused, streamed or whole', async (_, edit, expected) => {
    const text = await encoded([celery, kombu]);
    const edited = edit(text);
    expect(edited).not.toBe(text);
    const streamed = await problemsOf(edited);
    expect(streamed).toMatchObject({ message: 'pkgsync.lock is not a valid lock: 1 problem', hint: restore });
    expect(streamed.problems).toEqual(expected.map((problem) => expect.stringContaining(problem)));
    // A blank before the first line break makes it another layout with the same lines.
    expect((await problemsOf(edited.replace('{\n', '{ \n'))).problems).toEqual(streamed.problems);
  });

  it('by lines in another order still comes back sorted, as a merge by hand may leave it', async () => {
    const text = await encoded([celery, kombu, zope]);
    const lines = text.split('\n');
    const [wheel, sdist] = [lines[4]!.slice(0, -1), lines[5]!];
    const swapped = [...lines.slice(0, 3), lines[7]!, lines[3]!, `${sdist},`, wheel, lines[6]!, ...lines.slice(8)].join('\n');
    expect(swapped).not.toBe(text);
    expect(await readText(swapped)).toEqual(asStored([celery, kombu, zope]));
  });

  it('by repeated lines is refused', async () => {
    const lines = (await encoded([celery, kombu, zope])).split('\n');
    expect((await problemsOf([...lines.slice(0, 8), ...lines.slice(7)].join('\n'))).problems).toEqual([
      "pkgsync.lock:9:13: /packages/2/name: 'kombu' stands here twice",
    ]);
    expect((await problemsOf([...lines.slice(0, 5), ...lines.slice(4)].join('\n'))).problems).toEqual([
      "pkgsync.lock:6:19: /packages/0/files/1/filename: 'celery-5.3.0-py3-none-any.whl' stands here twice",
    ]);
  });

  it('by repeated packages or files is refused', async () => {
    const twice = JSON.stringify({ lockVersion: 1, packages: [zope, celery, { ...celery, files: [celery.files[0], celery.files[0]] }] });
    expect((await problemsOf(twice)).problems.map((line) => line.replace(/^pkgsync\.lock:1:\d+: /, ''))).toEqual([
      "/packages/2/name: 'celery' stands here twice",
      "/packages/2/files/1/filename: 'celery-5.3.0-py3-none-any.whl' stands here twice",
    ]);
  });

  it.each([
    ['[]', '/: expected a pkgsync lock, found an empty array'],
    ['{"lockVersion":1}', "/: the key 'packages' is missing"],
    ['{"packages":[]}', "/: the key 'lockVersion' is missing; expected 1"],
    ['{"lockVersion":"1","packages":[]}', "/lockVersion: expected 1, found '1'"],
    ['{"lockVersion":1,"packages":[],"generated":"now"}', "/generated: unknown key 'generated'; expected 'lockVersion' or 'packages'"],
  ])('%s is refused', async (text, problem) => {
    expect((await problemsOf(text)).problems).toEqual([expect.stringContaining(problem)]);
  });

  it('does not take space inside a line for damage', async () => {
    const text = (await encoded([celery])).replace('"size":12', '"size": 12');
    expect(await readText(text)).toEqual(asStored([celery]));
  });
});

describe('a lock that is not there', () => {
  it('is read as nothing, and missing only for those who need one', async () => {
    const path = await newPath();
    expect(await read(path)).toEqual([]);
    expect(await lockExists(path)).toBe(false);
    await expect(requireLock(path)).rejects.toMatchObject({
      code: 'LOCK_MISSING',
      message: `there is no lock ${path}`,
      hint: "run 'pkgsync lock' and commit what it writes",
    });
    await writeLock(path, []);
    expect(await lockExists(path)).toBe(true);
    await requireLock(path);
  });

  it('is not the same as one that cannot be read', async () => {
    await expect(read(await newFolder())).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});

describe('stageLock', () => {
  it('leaves the lock in force until it is committed, so the new one can be made from it', async () => {
    const path = await newPath();
    await writeLock(path, [celery]);
    async function* extended(): AsyncGenerator<LockPackage> {
      yield* readLock(path);
      yield kombu;
    }
    const staged = await stageLock(path, extended());
    expect(staged.changed).toBe(true);
    expect(await read(path)).toEqual(asStored([celery]));
    await staged.commit();
    expect(await read(path)).toEqual(asStored([celery, kombu]));
  });

  it('says when nothing changed, and then touches nothing', async () => {
    const path = await newPath();
    await writeLock(path, [celery]);
    const before = await stat(path);
    const staged = await stageLock(path, [celery]);
    expect(staged.changed).toBe(false);
    await staged.commit();
    expect((await stat(path)).ino).toBe(before.ino);
    expect(await readdir(join(path, '..'))).toEqual(['pkgsync.lock']);
  });

  it('counts a lock in another layout as changed', async () => {
    const path = await newPath();
    await writeFile(path, JSON.stringify({ lockVersion: 1, packages: [celery] }));
    const staged = await stageLock(path, readLock(path));
    expect(staged.changed).toBe(true);
    await staged.commit();
    expect(await readFile(path, 'utf8')).toBe(await encoded([celery]));
  });

  it('leaves no trace when discarded, even after a commit', async () => {
    const path = await newPath();
    const dropped = await stageLock(path, [celery]);
    await dropped.discard();
    await dropped.discard();
    expect(await readdir(join(path, '..'))).toEqual([]);
    const kept = await stageLock(path, [celery]);
    await kept.commit();
    await kept.discard();
    expect(await read(path)).toEqual(asStored([celery]));
  });

  it('leaves no trace where the lock in force cannot be read', async () => {
    const path = await newPath();
    await mkdir(path);
    await expect(stageLock(path, [celery])).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(await readdir(join(path, '..'))).toEqual(['pkgsync.lock']);
  });

  it('leaves no trace when the packages fail', async () => {
    const path = await newPath();
    async function* failing(): AsyncGenerator<LockPackage> {
      yield await Promise.resolve(celery);
      throw new Error('listing failed');
    }
    await expect(stageLock(path, failing())).rejects.toThrow('listing failed');
    await expect(stageLock(path, [kombu, celery])).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await readdir(join(path, '..'))).toEqual([]);
  });
});

describe('a lock as a folder', () => {
  const newLockFolder = async () => `${join(await newFolder(), 'locks')}/`;

  it('has one lock a project, and reads in order of names', async () => {
    const folder = await newLockFolder();
    const packages = ['a', 'a-b', 'a0', 'celery'].map((name) => lockPackage(name));
    await writeLock(folder, packages);
    expect((await readdir(folder)).sort()).toEqual(['a-b.lock', 'a.lock', 'a0.lock', 'celery.lock']);
    expect(await readFile(join(folder, 'a-b.lock'), 'utf8')).toBe(await encoded([packages[1]!]));
    expect(await read(folder)).toEqual(asStored(packages));
  });

  it('is equal to the file for any lock', async () => {
    const folder = await newLockFolder();
    await fc.assert(
      fc.asyncProperty(anyLock, async (packages) => {
        await writeLock(folder, packages);
        expect(await read(folder)).toEqual(asStored(packages));
      }),
      { numRuns: 5 },
    );
  });

  it('changes only the files of projects that changed', async () => {
    const folder = await newLockFolder();
    await writeLock(folder, [celery, kombu, zope]);
    const before = await stat(join(folder, 'celery.lock'));
    const staged = await stageLock(folder, [celery, { ...kombu, source: 'pypi' }]);
    expect(staged.changed).toBe(true);
    expect(await read(folder)).toEqual(asStored([celery, kombu, zope]));
    await staged.commit();
    expect(await read(folder)).toEqual(asStored([celery, { ...kombu, source: 'pypi' }]));
    expect((await readdir(folder)).sort()).toEqual(['celery.lock', 'kombu.lock']);
    expect((await stat(join(folder, 'celery.lock'))).ino).toBe(before.ino);
    expect((await stageLock(folder, readLock(folder))).changed).toBe(false);
  });

  it('is not there, and leaves no trace, when discarded or when the packages fail', async () => {
    const folder = await newLockFolder();
    const staged = await stageLock(folder, [celery]);
    await staged.discard();
    await expect(stageLock(folder, [kombu, celery])).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await lockExists(folder)).toBe(false);
    expect(await read(folder)).toEqual([]);
    await expect(requireLock(folder)).rejects.toMatchObject({ code: 'LOCK_MISSING' });
  });

  it('keeps going after what a crash left: unfinished temporary files are no part of it', async () => {
    const folder = await newLockFolder();
    await writeLock(folder, [celery]);
    await writeFile(join(folder, '.pkgsync-0123.tmp'), 'half');
    await writeFile(join(folder, 'README.md'), 'see docs');
    await writeFile(join(folder, '.#celery.lock'), 'an editor is at it');
    expect(await read(folder)).toEqual(asStored([celery]));
  });

  it('refuses files that are not what their name says', async () => {
    const folder = await newLockFolder();
    await writeLock(folder, [celery]);
    await writeFile(join(folder, 'kombu.lock'), await encoded([celery]));
    await expect(read(folder)).rejects.toMatchObject({
      code: 'LOCK_INVALID',
      message: `${join(folder, 'kombu.lock')} must hold the package 'kombu' and no other, but holds celery`,
    });
    await writeFile(join(folder, 'kombu.lock'), await encoded([]));
    await expect(read(folder)).rejects.toMatchObject({ message: expect.stringContaining('holds none') });
    await writeFile(join(folder, 'Kombu.lock'), await encoded([]));
    await expect(read(folder)).rejects.toMatchObject({
      code: 'LOCK_INVALID',
      message: `${join(folder, 'Kombu.lock')} is not named for a project`,
    });
  });

  it('says which file cannot be put in force, and discards the rest', async () => {
    const folder = await newLockFolder();
    await writeLock(folder, []);
    const staged = await stageLock(folder, [celery, kombu, zope]);
    await mkdir(join(folder, 'kombu.lock'));
    await expect(staged.commit()).rejects.toMatchObject({ code: 'FILE_SYSTEM', message: expect.stringContaining('kombu.lock') });
    expect((await readdir(folder)).sort()).toEqual(['celery.lock', 'kombu.lock']);
  });
});
