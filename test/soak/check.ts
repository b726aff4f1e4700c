import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectName, sha256, wheelOf } from './releases.ts';
import type { Size } from './releases.ts';

/**
 * What is not as it must be in the directory and the lock after a soak, judged by the generator and by reading files: pkgsync's code has no part in it.
 * Every file is there with its bytes, pages list exactly these files with their digests, the list names exactly the projects, the lock approves exactly them.
 */
export async function problemsOf(folder: string, { seed, projects, filesPerProject }: Size): Promise<readonly string[]> {
  const problems: string[] = [];
  const names = Array.from({ length: projects }, (_, index) => projectName(index));
  const lock = lockedDigests(await readFile(join(folder, 'pkgsync.lock'), 'utf8'));
  const simple = join(folder, 'index', 'simple');
  const listed = [...(await readFile(join(simple, 'index.html'), 'utf8')).matchAll(/<a href="([^"/]+)\/"/g)].map(([, name = '']) => name);
  if (listed.sort().join() !== names.join()) problems.push(`the list names ${listed.length} projects`);
  const stored = new Map<string, string>();
  for (const entry of await readdir(join(folder, 'index'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    if (entry.name.endsWith('.whl')) stored.set(entry.name, join(entry.parentPath, entry.name));
    else if (/\.tmp$|\.part$/.test(entry.name)) problems.push(`${entry.name} was left behind`);
  }
  for (const name of names) {
    const page = await readFile(join(simple, name, 'index.html'), 'utf8');
    const links = new Map(
      [...page.matchAll(/href="[^"]*?([^/"#]+\.whl)#sha256=([0-9a-f]{64})"/g)].map(([, file = '', digest = '']) => [file, digest]),
    );
    if (links.size !== filesPerProject) problems.push(`the page of ${name} lists ${links.size} files`);
    for (let version = 0; version < filesPerProject; version += 1) {
      const { filename, bytes } = wheelOf(seed, name, version);
      const path = stored.get(filename);
      stored.delete(filename);
      if (path === undefined || !(await readFile(path)).equals(bytes))
        problems.push(`${filename} is ${path === undefined ? 'missing' : 'damaged'}`);
      if (links.get(filename) !== sha256(bytes)) problems.push(`the page of ${name} does not list ${filename} with its digest`);
      if (lock.get(filename) !== sha256(bytes)) problems.push(`the lock does not approve ${filename} with its digest`);
      lock.delete(filename);
    }
  }
  return [
    ...problems,
    ...[...stored.keys()].map((file) => `${file} is nobody's`),
    ...[...lock.keys()].map((file) => `the lock approves ${file}`),
  ];
}

function lockedDigests(text: string): Map<string, string> {
  const { packages } = JSON.parse(text) as { packages: { files: { filename: string; hashes: { sha256: string } }[] }[] };
  return new Map(packages.flatMap(({ files }) => files).map(({ filename, hashes }) => [filename, hashes.sha256]));
}
