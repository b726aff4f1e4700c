import { pointerKeys } from '../io/json-text.ts';
import type { SchemaProblem } from '../io/json-schema.ts';

/**
 * The value with undefined in place of everything that the schema refused; keys and positions stay. So the rules can judge the rest, and what is
 * there but wrong does not look as if it were missing.
 */
export function withoutFaults(value: unknown, problems: readonly SchemaProblem[]): unknown {
  const copy = structuredClone(value);
  for (const { pointer, refused } of problems) if (refused) blank(copy, pointerKeys(pointer));
  return copy;
}

function blank(root: unknown, keys: readonly string[]): void {
  const last = keys.at(-1);
  if (last === undefined) return;
  let parent = root;
  for (const key of keys.slice(0, -1)) parent = isContainer(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  // Defined, not assigned: the key may be `__proto__`.
  if (isContainer(parent)) Object.defineProperty(parent, last, { value: undefined, enumerable: true, configurable: true, writable: true });
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
