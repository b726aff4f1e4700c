import { createHash } from 'node:crypto';

/** A running SHA-256 over UTF-8 text. */
export function createHasher(): { update(text: string): void; hex(): string } {
  const hash = createHash('sha256');
  return {
    update: (text) => void hash.update(text, 'utf8'),
    hex: () => hash.digest('hex'),
  };
}
