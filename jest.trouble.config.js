import base from './jest.config.js';

/** Full disks, faults on the wire, secrets in every output: the built command line under hundreds of circumstances. */
/** @type {import('jest').Config} */
export default { ...base, roots: ['<rootDir>/test/trouble'], testPathIgnorePatterns: [] };
