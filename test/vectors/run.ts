/*
 * `npm run vectors -- DIR` judges every vector file of a folder: the first failures of each file, one line per file, then one line for all.
 * Exit 1 on a failure. Without a folder: test/fixtures/vectors.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge, type Judgement } from './files.ts';

const shown = 20;

async function main(folder: string): Promise<number> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length === 0) {
    console.error(`${folder} holds no vector files (*.json)`);
    return 1;
  }
  let passed = 0;
  let failed = 0;
  for (const name of names) {
    const judgement = await judgeFile(join(folder, name), name);
    for (const failure of judgement.failures.slice(0, shown)) console.log(failure);
    if (judgement.failures.length > shown) console.log(`  … and ${judgement.failures.length - shown} more`);
    console.log(`${name}: ${judgement.passed} passed, ${judgement.failures.length} failed`);
    passed += judgement.passed;
    failed += judgement.failures.length;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function judgeFile(path: string, name: string): Promise<Judgement> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { passed: 0, failures: [`  it cannot be read: ${String(error)}`] };
  }
  return judge(name, content);
}

const folder = process.argv[2] ?? fileURLToPath(new URL('../fixtures/vectors', import.meta.url));
process.exitCode = await main(folder).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
