import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));

function runDemo(folder: string): { readonly status: number | null; readonly printed: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'examples', 'demo', 'demo.mjs'), folder], {
    encoding: 'utf8',
  });
  return { status, printed: stdout + stderr };
}

describe('the demo', () => {
  it('runs through, and its lock is pkgsync.lock.example', () => {
    const parent = mkdtempSync(join(tmpdir(), 'pkgsync-demo-'));
    try {
      const { status, printed } = runDemo(join(parent, 'demo'));
      expect({ status, printed }).toEqual({ status: 0, printed });
      expect(printed).toMatch(/^pip install --index-url file:\/\/\S+\/mirror\/simple acme-greeter/m);
      const lock = readFileSync(join(parent, 'demo', 'pkgsync.lock'), 'utf8');
      expect(lock).toBe(readFileSync(join(project, 'pkgsync.lock.example'), 'utf8'));
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });

  it('leaves a folder alone that no demo made', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pkgsync-demo-'));
    try {
      const { status, printed } = runDemo(folder);
      expect(status).toBe(1);
      expect(printed).toContain("is no former demo's folder");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
