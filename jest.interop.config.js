import base from './jest.config.js';

/** Real servers and clients: one test file at a time, with time for servers to start and for packages to be fetched once. */
/** @type {import('jest').Config} */
export default {
  ...base,
  roots: ['<rootDir>/test/interop'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 300_000,
};
