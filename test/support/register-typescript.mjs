/* `node --import ./test/support/register-typescript.mjs file.ts` runs TypeScript as the tests do: types stripped, not checked, no build needed. */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
