import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { uploadServerKinds } from '../../src/server-kinds.ts';
import { serversTable, withTable } from '../docs/servers-table.ts';

const written = readFileSync(new URL('../../docs/servers.md', import.meta.url), 'utf8');

describe('the table of servers in docs/servers.md', () => {
  it('is the one of the profiles: npm run docs:servers', () => {
    expect(written).toBe(withTable(written));
  });

  it('has a row for each kind', () => {
    for (const kind of uploadServerKinds) expect(serversTable()).toContain(`| \`${kind}\``);
  });
});
