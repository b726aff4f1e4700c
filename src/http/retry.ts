import { setTimeout as delay } from 'node:timers/promises';

/** How reads are repeated. Times are milliseconds. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /** Wait before the second try; doubled for each further one. */
  readonly baseDelay: number;
  readonly maxDelay: number;
  /** The longest a server's Retry-After is obeyed. */
  readonly maxRetryAfter: number;
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Jitter: a number in [0, 1). */
  readonly random: () => number;
  /** The clock against which a Retry-After date is read. */
  readonly now: () => number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 4,
  baseDelay: 500,
  maxDelay: 10_000,
  maxRetryAfter: 60_000,
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  },
  random: Math.random,
  now: Date.now,
};

const retryableStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Whether the same read may be answered otherwise a little later. */
export function isRetryableStatus(status: number): boolean {
  return retryableStatuses.has(status);
}

/** Whether an answer is about everybody's requests to that server, not about this one. */
export function asksForPause(status: number, headers: Readonly<Record<string, string | undefined>>): boolean {
  return status === 429 || (status === 503 && headers['retry-after'] !== undefined);
}

/** A read that will be tried again. */
export interface Retry {
  /** Redacted. */
  readonly url: string;
  /** The number of the try that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next one. */
  readonly delay: number;
  readonly because: string;
}

/** `https://index.example/simple/: 429 Too Many Requests; trying again in 30 s (1)` */
export function retrySentence({ url, attempt, delay, because }: Retry): string {
  // A lost connection names its URL itself, a status does not.
  const where = because.includes(url) ? '' : `${url}: `;
  // Short waits are nobody's concern.
  const when = delay < 5000 ? '' : ` in ${Math.round(delay / 1000)} s`;
  return `${where}${because}; trying again${when} (${attempt})`;
}

/**
 * Milliseconds to wait by a Retry-After header (seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3);
 * undefined where it says nothing readable, 0 for a date that has passed.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  // Absurdly many seconds are many seconds, not none: the cap is the caller's.
  if (/^\d{1,100}$/.test(text)) return Number(text) * 1000;
  // Every date form of HTTP starts with the day's name; Date.parse alone would take "-5" for a date.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Milliseconds to wait after failed try number `attempt` (from 1): exponential with jitter, never less than the server asked for within the cap. */
export function retryDelay(policy: RetryPolicy, attempt: number, retryAfter: string | undefined): number {
  const backoff = Math.min(policy.maxDelay, policy.baseDelay * 2 ** (attempt - 1));
  const jittered = Math.round(backoff * (0.5 + policy.random() / 2));
  const asked = parseRetryAfter(retryAfter, policy.now());
  return asked === undefined ? jittered : Math.max(jittered, Math.min(asked, policy.maxRetryAfter));
}
