import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import * as regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/**
 * The dependency rule: a folder of src/ may import from itself and from the folders listed here; `types` are folders from which it may
 * import types only. Imports point down, so a new protocol or store touches one folder and connect.ts. See docs/architecture.md.
 */
const foundation = ['packaging', 'errors', 'events'];
const mayImport = {
  packaging: { code: ['errors'], types: [] },
  io: { code: foundation, types: [] },
  http: { code: [...foundation, 'io'], types: [] },
  archive: { code: [...foundation, 'io'], types: [] },
  credentials: { code: [...foundation, 'io', 'http'], types: [] },
  indexes: { code: [...foundation, 'io', 'http', 'archive'], types: [] },
  destinations: { code: [...foundation, 'io', 'http', 'archive'], types: ['indexes'] },
  // The lock holds effective rules, in the manifest's canonical form.
  lockfile: { code: [...foundation, 'io', 'manifest'], types: [] },
  manifest: { code: [...foundation, 'io'], types: [] },
  resolve: { code: [...foundation, 'io', 'archive', 'lockfile', 'manifest'], types: ['indexes', 'plan'] },
  inspect: { code: [...foundation, 'io', 'lockfile', 'manifest', 'resolve'], types: ['destinations'] },
  plan: { code: [...foundation, 'lockfile', 'manifest'], types: ['resolve', 'inspect', 'destinations', 'indexes', 'io'] },
  sync: {
    code: [...foundation, 'io', 'archive', 'lockfile', 'manifest', 'resolve', 'inspect', 'plan'],
    types: ['indexes', 'destinations'],
  },
  apply: {
    code: [...foundation, 'io', 'archive', 'lockfile', 'manifest', 'resolve', 'inspect', 'plan', 'sync'],
    types: ['indexes', 'destinations'],
  },
  drift: { code: [...foundation, 'io', 'lockfile', 'manifest', 'resolve', 'inspect', 'plan', 'sync'], types: ['indexes', 'destinations'] },
  verify: { code: [...foundation, 'io', 'lockfile', 'manifest', 'resolve', 'inspect', 'plan'], types: ['destinations'] },
  engine: {
    code: [...foundation, 'io', 'lockfile', 'manifest', 'resolve', 'inspect', 'plan', 'sync', 'apply', 'drift', 'verify'],
    types: ['indexes', 'destinations'],
  },
  // It makes its own ends, and uses what the stages decide with.
  library: {
    code: [...foundation, 'io', 'http', 'archive', 'credentials', 'indexes', 'destinations', 'manifest', 'resolve', 'apply'],
    types: [],
  },
  import: { code: [...foundation, 'io', 'lockfile', 'manifest', 'resolve', 'sync'], types: ['indexes'] },
  reporters: { code: [...foundation, 'plan', 'lockfile', 'manifest', 'drift', 'verify'], types: ['apply', 'resolve', 'engine'] },
};
/** Pure folders: they decide, so they reach neither the machine nor the network. */
const pure = new Set(['packaging', 'plan']);

const folders = Object.keys(mayImport);
const restrictions = Object.entries(mayImport).map(([folder, { code, types }]) => {
  const forbidden = folders.filter((other) => other !== folder && !code.includes(other) && !types.includes(other));
  const patterns = [
    {
      regex: `^\\.\\./(${[...forbidden, 'cli'].join('|')})/`,
      message: `src/${folder}/ may not import from there: see the table in eslint.config.js.`,
    },
    { regex: '^\\.\\./(connect|index)\\.', message: 'Only src/cli/ and the library surface import connect.ts and index.ts.' },
  ];
  if (types.length > 0) {
    patterns.push({
      regex: `^\\.\\./(${types.join('|')})/`,
      allowTypeImports: true,
      message: `src/${folder}/ takes these as arguments: import types only.`,
    });
  }
  if (pure.has(folder))
    patterns.push({ regex: '^(node:|undici$|tar$|yauzl$)', message: `src/${folder}/ is pure: no node modules, no clients.` });
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'docs/api/', '.cache/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  ...restrictions,
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  // Checked against the built package, by a test.
  { files: ['examples/library/**'], ...tseslint.configs.disableTypeChecked },
  // The compiler checks these too (checkJs), and it knows which names there are.
  { files: ['examples/**/*.mjs', 'bench/**/*.mjs', 'tools/**/*.mjs', 'test/**/*.mjs'], rules: { 'no-undef': 'off' } },
  { files: ['test/**/*.ts', 'bench/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  {
    // What comes from indexes and archives is matched: no expression may take more than linear time on a text made for it.
    files: ['src/**/*.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: {
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: ['process', 'node:process', 'console', 'node:console'] }],
      'no-restricted-properties': [
        'error',
        ...['env', 'argv', 'argv0', 'execArgv', 'exit', 'exitCode', 'abort', 'stdin', 'stdout', 'stderr', 'emitWarning'].map(
          (property) => ({
            object: 'process',
            property,
            message: 'Only src/cli/ knows the process: the library takes and gives data.',
          }),
        ),
      ],
    },
  },
  prettier,
);
