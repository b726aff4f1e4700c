import type { Credential } from '../http/credential.ts';

/** Credentials that somebody else keeps: asked for when they are first needed, and again when they no longer do. */
export interface CredentialHelper {
  /** What is good now, as far as is known; the same error every time where there was never anything. */
  get(): Promise<Credential>;
  /** Another one than `refused`; undefined where there is none. */
  renew(refused: Credential): Promise<Credential | undefined>;
  /** Told what came of a credential that was given: see `CredentialProvider.learn`. */
  learn(credential: Credential, verdict: 'accepted' | 'refused'): void;
}

/** A credential and, where that is known, when it ends. */
export interface LentCredential extends Credential {
  /** Milliseconds since the epoch. */
  readonly expires?: number | undefined;
}

export interface RenewalOptions {
  /** Milliseconds since the epoch; for credentials that end. */
  readonly now?: (() => number) | undefined;
}

/** A credential is replaced this long before its end, or at half of its life where that is shorter: what it begins must be through by then. */
const margin = 5 * 60_000;
/** Until a replacement that could not be had is asked for again. */
const pause = 60_000;

/**
 * A helper that runs `ask` as often as its answers wear out, so that a long run outlives a token: shortly before one ends, and when a server answers
 * 401 to one that it took before. Those who ask at the same time share the answer. What was asked for on account of a 401 and is refused at once ends
 * it: wrong stays wrong, and some servers lock an account after a few tries.
 */
export function credentialHelper(ask: () => Promise<LentCredential>, { now = Date.now }: RenewalOptions = {}): CredentialHelper {
  interface Loan {
    readonly credential: LentCredential;
    /** From then on a new one is asked for. */
    readonly until: number;
  }
  let current: Promise<Loan> | undefined;
  let present: LentCredential | undefined;
  let proven = true;
  let ended = false;
  let renewing: Promise<Loan> | undefined;

  const lend = async (): Promise<Loan> => {
    const credential = await ask();
    const { expires = Infinity } = credential;
    const left = expires - now();
    present = credential;
    return { credential, until: expires - Math.min(margin, Math.max(left, 0) / 2) };
  };
  /** The present loan stays where no other can be had. */
  const replace = (): Promise<Loan> => {
    renewing ??= (async () => {
      try {
        const next = await lend();
        current = Promise.resolve(next);
        return next;
      } finally {
        renewing = undefined;
      }
    })();
    return renewing;
  };

  return {
    get: async () => {
      const loan = await (current ??= lend());
      if (now() < loan.until) return loan.credential;
      const end = loan.credential.expires ?? Infinity;
      try {
        return (await replace()).credential;
      } catch (error) {
        if (now() >= end) throw error;
        current = Promise.resolve({ ...loan, until: Math.min(end, now() + pause) });
        return loan.credential;
      }
    },
    renew: async (refused) => {
      if (present === undefined || ended) return undefined;
      // Somebody else's 401 has brought another one meanwhile.
      if (!isSame(present, refused)) return present;
      if (!proven && renewing === undefined) return undefined;
      const next = (await replace()).credential;
      proven = false;
      if (!isSame(next, refused)) return next;
      ended = true;
      return undefined;
    },
    learn: (credential, verdict) => {
      if (verdict === 'refused') ended = true;
      else if (present !== undefined && isSame(present, credential)) proven = true;
    },
  };
}

function isSame(a: Credential, b: Credential): boolean {
  return a.username === b.username && a.password === b.password;
}
