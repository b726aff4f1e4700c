import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeIndex } from '../../examples/demo/index.mjs';

const cli = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** Runs a command whose reader closes its end of the pipe at once, as `| head` may. */
async function runForNobody(folder: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  child.stderr.destroy();
  return new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
}

describe('a command whose output nobody reads', () => {
  it('does all of its work and ends with its own exit code', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pkgsync-unread-'));
    try {
      const { files } = makeIndex(join(folder, 'upstream'));
      const defaults = { prereleases: true, yanked: 'include' };
      writeFileSync(
        join(folder, 'pkgsync.json'),
        JSON.stringify({ manifestVersion: 1, source: './upstream', destination: './mirror', all: true, defaults }),
      );
      expect(await runForNobody(folder, ['plan', '--detailed-exitcode'])).toBe(2);
      expect(await runForNobody(folder, ['apply', '--yes'])).toBe(0);
      const arrived = readdirSync(join(folder, 'mirror', 'packages'), { recursive: true, encoding: 'utf8' });
      expect(arrived.filter((path) => /\.(?:whl|tar\.gz|zip)$/.test(path))).toHaveLength(files);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
