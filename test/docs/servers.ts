import { readFileSync, writeFileSync } from 'node:fs';
import { withTable } from './servers-table.ts';

const path = new URL('../../docs/servers.md', import.meta.url);
writeFileSync(path, withTable(readFileSync(path, 'utf8')));
