/*
 * Reads generated index pages chunk by chunk. Each runs in a process of its own (`node bench/pages.mjs project 100000`), so that its peak memory is its own.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);

/** @param {number} count */
function* projectPage(count) {
  yield '{"meta":{"api-version":"1.1"},"name":"foo","files":[';
  for (let at = 0; at < count; at += 1) {
    const filename = `foo-1.${at}-py3-none-any.whl`;
    const file = {
      filename,
      url: `https://files.example/packages/aa/bb/${'c'.repeat(60)}/${filename}`,
      hashes: { sha256: at.toString(16).padStart(64, '0') },
      'requires-python': '>=3.8',
      size: 12345,
      'upload-time': '2024-01-01T00:00:00.000000Z',
      yanked: false,
      'core-metadata': { sha256: at.toString(16).padStart(64, 'f') },
      provenance: null,
      _filler: 'z'.repeat(200),
    };
    yield `${at === 0 ? '' : ','}${JSON.stringify(file)}`;
  }
  yield ']}';
}

/** @param {number} count */
function* projectList(count) {
  yield '{"meta":{"api-version":"1.1"},"projects":[';
  for (let at = 0; at < count; at += 1) yield `${at === 0 ? '' : ','}{"name":"project-number-${at}","_last-serial":12345678}`;
  yield ']}';
}

/** @param {Iterable<string>} texts */
function* chunks(texts) {
  let held = [];
  let size = 0;
  for (const text of texts) {
    held.push(text);
    size += text.length;
    if (size < 64 * 1024) continue;
    yield Buffer.from(held.join(''));
    held = [];
    size = 0;
  }
  yield Buffer.from(held.join(''));
}

/** @param {'project' | 'list'} kind @param {number} count */
async function read(kind, count) {
  const module = kind === 'project' ? 'parse-json' : 'parse-root-json';
  const { JsonPage, RootJson } = await import(new URL(`../dist/indexes/${module}.js`, import.meta.url).href);
  const reader =
    kind === 'project' ? new JsonPage({ url: 'https://idx.example/simple/foo/' }) : new RootJson({ url: 'https://idx.example/simple/' });
  let size = 0;
  let milliseconds = 0;
  for (const chunk of chunks(kind === 'project' ? projectPage(count) : projectList(count))) {
    size += chunk.length;
    const start = performance.now();
    reader.write(chunk);
    milliseconds += performance.now() - start;
  }
  const start = performance.now();
  const page = reader.end();
  milliseconds += performance.now() - start;
  if ((page.links ?? page.names).length !== count) throw new Error(`read ${(page.links ?? page.names).length} of ${count}`);
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(`${milliseconds.toFixed(0)} ms for ${(size / 1e6).toFixed(1)} MB, ${peak.toFixed(0)} MB peak`);
}

/** @returns {{ what: string, measured: string }[]} */
export function measurePages() {
  return [
    { what: 'page: 5,000 files in JSON', measured: measured('project', 5000) },
    { what: 'page: 100,000 files in JSON', measured: measured('project', 100_000) },
    { what: 'list: 886,000 projects in JSON', measured: measured('list', 886_000) },
  ];
}

/** @param {string} kind @param {number} count */
function measured(kind, count) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [self, kind, String(count)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

if (process.argv[1] === self) await read(process.argv[2] === 'list' ? 'list' : 'project', Number(process.argv[3]));
