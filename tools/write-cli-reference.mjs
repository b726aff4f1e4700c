// Writes docs/cli.md from the table of commands, as the built package has it: npm run docs:cli
import { writeFileSync } from 'node:fs';
import { cliReference } from '../dist/cli/reference.js';

writeFileSync(new URL('../docs/cli.md', import.meta.url), cliReference());
