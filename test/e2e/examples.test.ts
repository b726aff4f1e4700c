import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const manifests = readdirSync(join(project, 'examples'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));

describe('the example manifests', () => {
  it.each(manifests)('%s is valid', (path) => {
    const cli = join(project, 'dist', 'cli', 'bin.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'validate', '--manifest', join(project, 'examples', path)], {
      encoding: 'utf8',
    });
    expect({ status, printed: stdout + stderr }).toEqual({ status: 0, printed: stdout + stderr });
  });
});
