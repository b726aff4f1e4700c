import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { oldStyleSdist, sdist, wheel } from './archives.mjs';

/**
 * @typedef {import('./archives.mjs').Release} Release
 * @typedef {object} IndexFile
 * @property {string} filename
 * @property {Uint8Array} bytes
 * @property {string | undefined} requiresPython
 * @property {string | undefined} yanked the reason
 */

/**
 * Wheel and sdist of each version of one project.
 * @param {Omit<Release, 'version'>} project
 * @param {readonly string[]} versions
 * @param {Readonly<Record<string, string>>} [yanked] reasons by version
 * @returns {IndexFile[]}
 */
function releases(project, versions, yanked = {}) {
  return versions.flatMap((version) => {
    const release = { ...project, version };
    const facts = { requiresPython: project.requiresPython, yanked: yanked[version] };
    return [
      { ...sdist(release), ...facts },
      { ...wheel(release), ...facts },
    ];
  });
}

/** @returns {Record<string, IndexFile[]>} */
function projects() {
  const colors = {
    name: 'acme-colors',
    summary: 'Colours for terminals',
    requiresPython: '>=3.9',
    code: 'GREEN = "\\033[32m"\nPLAIN = "\\033[0m"\n',
  };
  const greeter = {
    name: 'acme-greeter',
    summary: 'Says hello',
    requiresPython: '>=3.9',
    requires: ['acme-colors>=1.0'],
    code: 'from acme_colors import GREEN, PLAIN\n\n\ndef main():\n    print(f"{GREEN}Hello from your own index.{PLAIN}")\n\n\nif __name__ == "__main__":\n    main()\n',
  };
  const clock = { name: 'acme-clock', summary: 'Tells the time', code: 'import time\n\nnow = time.time\n' };
  const native = { name: 'acme-native', version: '3.0', summary: 'Wheels for three platforms', code: 'ANSWER = 42\n' };
  const legacy = { name: 'acme-legacy', version: '0.3', summary: '', code: 'AGE = "old"\n' };
  const none = { requiresPython: undefined, yanked: undefined };
  return {
    'acme-clock': releases(clock, ['2024.1', '2025.1', '2026.1']),
    'acme-colors': releases(colors, ['0.9', '1.0', '1.1', '1.2'], { 1.1: 'green came out red' }),
    'acme-greeter': releases(greeter, ['1.0', '1.1', '2.0', '2.1rc1']),
    'acme-legacy': [{ ...oldStyleSdist(legacy), ...none }],
    'acme-native': ['cp312-cp312-manylinux_2_28_x86_64', 'cp312-cp312-macosx_14_0_arm64', 'cp312-cp312-win_amd64'].map((tag) => ({
      ...wheel(native, tag),
      ...none,
    })),
  };
}

/**
 * Makes a static index below `folder`: pages under `simple/`, files under `packages/`, as any web server could serve it.
 * @param {string} folder
 * @returns {{ projects: number, files: number }}
 */
export function makeIndex(folder) {
  const all = Object.entries(projects());
  for (const [name, files] of all) {
    mkdirSync(join(folder, 'simple', name), { recursive: true });
    mkdirSync(join(folder, 'packages', name), { recursive: true });
    for (const { filename, bytes } of files) writeFileSync(join(folder, 'packages', name, filename), bytes);
    writeFileSync(
      join(folder, 'simple', name, 'index.html'),
      page(
        name,
        files.map((file) => link(name, file)),
      ),
    );
  }
  writeFileSync(
    join(folder, 'simple', 'index.html'),
    page(
      'Simple index',
      all.map(([name]) => `<a href="${name}/">${name}</a>`),
    ),
  );
  return { projects: all.length, files: all.reduce((count, [, files]) => count + files.length, 0) };
}

/**
 * @param {string} title
 * @param {readonly string[]} links
 */
function page(title, links) {
  const meta = '<meta name="pypi:repository-version" content="1.0">';
  return `<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8">${meta}<title>${title}</title></head>\n<body>\n${links.join('<br>\n')}\n</body>\n</html>\n`;
}

/**
 * @param {string} name
 * @param {IndexFile} file
 */
function link(name, { filename, bytes, requiresPython, yanked }) {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const python = requiresPython === undefined ? '' : ` data-requires-python="${requiresPython.replace('>', '&gt;')}"`;
  const withdrawn = yanked === undefined ? '' : ` data-yanked="${yanked}"`;
  return `<a href="../../packages/${name}/${filename}#sha256=${sha256}"${python}${withdrawn}>${filename}</a>`;
}
