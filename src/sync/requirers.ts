import type { LockPackage } from '../lockfile/lock.ts';
import type { PackageName } from '../packaging/name.ts';

/** A locked dependency and who brought it in. */
export type Required = Pick<LockPackage, 'name' | 'via'>;

/** Those of `dependencies` that nothing requires any more: no chain of requirers leads to a package for which `isWanted` holds. */
export function unrequired(dependencies: readonly Required[], isWanted: (name: PackageName) => boolean): readonly PackageName[] {
  const required = reachable(dependencies, isWanted);
  return dependencies.map(({ name }) => name).filter((name) => !required.has(name));
}

/** Those of `dependencies` that packages for which `isWanted` holds brought in, directly or through others. */
export function reachable(dependencies: readonly Required[], isWanted: (name: PackageName) => boolean): ReadonlySet<PackageName> {
  const required = new Map<PackageName, PackageName[]>();
  const found = new Set<PackageName>();
  const open: PackageName[] = [];
  const find = (name: PackageName) => {
    if (found.has(name)) return;
    found.add(name);
    open.push(name);
  };
  for (const { name, via } of dependencies) {
    for (const requirer of via ?? []) {
      if (isWanted(requirer)) find(name);
      const known = required.get(requirer);
      if (known === undefined) required.set(requirer, [name]);
      else known.push(name);
    }
  }
  for (let name = open.pop(); name !== undefined; name = open.pop()) required.get(name)?.forEach(find);
  return found;
}
