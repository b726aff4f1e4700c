const runs = 7;

/** Versions as projects have them: releases, a few pre-releases, posts and locals, in no order; the same in every run. */
function versionTexts(/** @type {number} */ count) {
  const endings = ['', '', '', '', '', '', 'rc1', 'a2', '.post1', '.dev3', 'b1.dev2', '+cu121'];
  let state = 1;
  const random = (/** @type {number} */ limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return Array.from({ length: count }, () => `${random(30)}.${random(40)}.${random(100)}${endings[random(endings.length)]}`);
}

/**
 * First and median milliseconds: a command pays the first, a library the median.
 * @param {() => unknown} body
 */
function time(body) {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    body();
    return performance.now() - start;
  });
  const median = times.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? NaN;
  return `${(times[0] ?? NaN).toFixed(1)} ms the first time, ${median.toFixed(1)} ms median of ${runs}`;
}

/**
 * Versions and specifiers of the built package.
 * @returns {Promise<{ what: string, measured: string, goal: string }[]>}
 */
export async function measurePackaging() {
  /** @type {typeof import('../src/packaging/version.ts')} */
  const { sortByVersion } = await import(new URL('../dist/packaging/version.js', import.meta.url).href);
  /** @type {typeof import('../src/packaging/specifier.ts')} */
  const { filterBySpecifier, parseSpecifierSet } = await import(new URL('../dist/packaging/specifier.js', import.meta.url).href);
  const many = versionTexts(100_000);
  const some = [...new Set(versionTexts(6000))].slice(0, 5000);
  // Warm, as it is by the second project of a run: the first row is the cold one.
  const sorted = time(() => sortByVersion(many, (text) => text));
  const filtered = time(() => filterBySpecifier(parseSpecifierSet('>=1.2,!=2.0.*,<20'), some, (text) => text));
  return [
    { what: 'versions: sort 100,000 texts', measured: sorted, goal: '< 300 ms' },
    { what: `versions: filter ${some.length.toLocaleString('en')} texts by >=1.2,!=2.0.*,<20`, measured: filtered, goal: '< 5 ms' },
  ];
}
