/** Hash algorithms that indexes publish and pkgsync can compute, strongest first (PEP 503 names those of `hashlib.algorithms_guaranteed`). */
export const hashAlgorithms = ['sha512', 'sha384', 'sha256', 'sha224', 'sha1', 'md5'] as const;
export type HashAlgorithm = (typeof hashAlgorithms)[number];

/** The APIs' `hashes`: lower-case hex by algorithm. */
export type DigestSet = Readonly<Partial<Record<HashAlgorithm, string>>>;

/** Length of the hex text by algorithm: a digest of another length is no digest. */
const hexLengths: Readonly<Record<HashAlgorithm, number>> = { sha512: 128, sha384: 96, sha256: 64, sha224: 56, sha1: 40, md5: 32 };

/** Algorithms that no longer resist forged collisions: equality by them alone is marked weak. */
const weakAlgorithms: ReadonlySet<HashAlgorithm> = new Set(['sha1', 'md5']);

export type DigestComparison = 'same' | 'same-weak' | 'different' | 'unknown';

/**
 * The digests of `written` that are well formed, lower-cased. Unknown algorithms, wrong lengths and other values are left out, as pip does:
 * an index may publish more than this program knows.
 */
export function parseDigests(written: Readonly<Record<string, unknown>>): DigestSet {
  const digests: Partial<Record<HashAlgorithm, string>> = {};
  for (const algorithm of hashAlgorithms) {
    if (!Object.hasOwn(written, algorithm)) continue;
    const value = written[algorithm];
    if (typeof value !== 'string') continue;
    const hex = value.toLowerCase();
    if (hex.length === hexLengths[algorithm] && /^[0-9a-f]+$/.test(hex)) digests[algorithm] = hex;
  }
  return digests;
}

/**
 * Compares on every algorithm that both sides have: one difference is `different`; equality is `same-weak` where only broken algorithms
 * were shared; nothing shared is `unknown`.
 */
export function compareDigests(a: DigestSet, b: DigestSet): DigestComparison {
  let result: DigestComparison = 'unknown';
  for (const algorithm of hashAlgorithms) {
    const left = a[algorithm];
    const right = b[algorithm];
    if (left === undefined || right === undefined) continue;
    if (left !== right) return 'different';
    if (!weakAlgorithms.has(algorithm)) result = 'same';
    else if (result === 'unknown') result = 'same-weak';
  }
  return result;
}

/** The strongest digest as `algorithm:hex`, or undefined for an empty set. */
export function strongestDigest(digests: DigestSet): string | undefined {
  const algorithm = hashAlgorithms.find((candidate) => digests[candidate] !== undefined);
  return algorithm === undefined ? undefined : `${algorithm}:${digests[algorithm] ?? ''}`;
}

export function hasDigest(digests: DigestSet): boolean {
  return hashAlgorithms.some((algorithm) => digests[algorithm] !== undefined);
}
