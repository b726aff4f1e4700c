/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/interop/', '<rootDir>/test/trouble/'],
  extensionsToTreatAsEsm: ['.ts'],
  // Type-stripping only: `npm run typecheck` checks types, tests stay fast.
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } }],
  },
  // Many tests wait for child processes: a worker for every core (jest leaves one idle).
  maxWorkers: '100%',
  testTimeout: 30_000,
};
