import { matchesFile, matchesPattern, parseFilePattern, parsePattern } from '../manifest/match.ts';
import type { Gate, Policy, PolicyException } from '../manifest/manifest.ts';
import type { DistributionFile } from '../packaging/distribution-file.ts';

/** Judges a file that would be new to the lock: the sentence of the first gate that vetoes it, or undefined. */
export type Veto = (file: DistributionFile) => string | undefined;

/**
 * The manifest's gates as one function. An exception lifts one gate for what it names, up to and including its last day (UTC).
 * @param asOf milliseconds since the epoch
 */
export function policyVeto(policy: Policy, exceptions: readonly PolicyException[], asOf: number): Veto {
  const denied = policy.deny.map((text) => ({ text, pattern: parsePattern(text) }));
  const today = new Date(asOf).toISOString().slice(0, 10);
  const current = exceptions
    .filter(({ until }) => until >= today)
    .map((exception) => ({ ...exception, pattern: parseFilePattern(exception.what) }));

  const judgements: readonly (readonly [Gate, Veto])[] = [
    [
      'deny',
      (file) => {
        const found = denied.find(({ pattern }) => matchesPattern(pattern, file.name, file.version));
        return found === undefined ? undefined : `policy.deny names it (${found.text})`;
      },
    ],
    [
      'requireSha256',
      ({ hashes }) => {
        if (!policy.requireSha256 || hashes.sha256 !== undefined || hashes.sha384 !== undefined || hashes.sha512 !== undefined)
          return undefined;
        return 'policy.requireSha256: the source publishes no digest as strong as sha256';
      },
    ],
    [
      'maxFileSize',
      ({ size }) => {
        if (policy.maxFileSize === undefined) return undefined;
        if (size === undefined) return 'policy.maxFileSize: the source does not publish the size';
        return size > policy.maxFileSize ? `policy.maxFileSize: it has ${size} bytes, ${policy.maxFileSize} are allowed` : undefined;
      },
    ],
    [
      'minAge',
      ({ uploadTime }) => {
        if (policy.minAge === undefined) return undefined;
        const uploaded = uploadTime === undefined ? Number.NaN : Date.parse(uploadTime);
        if (Number.isNaN(uploaded)) return 'policy.minAge: the source does not publish the upload time';
        const age = Math.floor((asOf - uploaded) / 1000);
        return age < policy.minAge ? `policy.minAge: it is ${age} seconds old, ${policy.minAge} are required` : undefined;
      },
    ],
  ];
  return (file) => {
    for (const [gate, judge] of judgements) {
      const sentence = judge(file);
      if (sentence === undefined) continue;
      if (!current.some((exception) => exception.gate === gate && matchesFile(exception.pattern, file))) return sentence;
    }
    return undefined;
  };
}
