import type { CommandSpec } from '../command.ts';
import { manifestVariables, stateFiles } from './shared.ts';

export const verifySpec: CommandSpec = {
  usage: 'verify',
  summary: 'Check every locked file at the destination against its digest; can only read',
  description: [
    "Compares the lock with each destination's listing. The files of a directory are hashed from their bytes, whatever was remembered of them, with their metadata companions and pages; --deep downloads and hashes every file of a server, too. Contacts no source, takes no lease, writes nothing at a destination, and ends by saying how complete the check was.",
    'With --deep, a run that was interrupted, or could not read everything, leaves a record in the cache folder; the same command goes on from there within 24 hours. A run that came to its end leaves nothing.',
    'Exit 0 where every locked file is as approved, 2 where some are missing or pages are stale, 22 where bytes or digests differ, 26 for credentials, 27 where something could not be read or compared.',
  ],
  groups: ['manifest', 'transfer'],
  options: {
    deep: { type: 'boolean', describe: 'Download and hash every locked file' },
    fresh: { type: 'boolean', describe: 'Check everything anew, whatever an unfinished run has checked' },
    'allow-unverifiable': { type: 'boolean', describe: 'Files without a comparable digest are no failure' },
  },
  examples: [
    ['verify', 'is every locked file listed with its digest?'],
    ['verify --deep', 'is every byte as approved?'],
    ['verify --deep --json', 'what CI runs once a week'],
  ],
  files: [...stateFiles, ['~/.cache/pkgsync/verify', 'What an unfinished --deep run has checked (--cache-dir; XDG_CACHE_HOME)']],
  variables: manifestVariables,
  json: 'a verify line per finding, then a verify-summary line per destination',
  exits: [2, 21, 22, 26, 27],
  load: async () => (await import('../commands/verify.ts')).verifyCommand,
};
