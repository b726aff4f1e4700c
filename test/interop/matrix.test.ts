import { createLimiter, type Limiter } from '../../src/io/concurrency.ts';
import { interop, labTest } from './support/lab.ts';
import { destinations } from './support/matrix/destinations.ts';
import { createWorld, type Place, type World } from './support/matrix/kinds.ts';
import { projectsLeftOut, runPair } from './support/matrix/pair.ts';
import { sources } from './support/matrix/sources.ts';
import { matrixFiles } from './support/matrix/files.ts';
import { nginx } from './support/nginx.ts';
import { distributionDigests } from './support/packages.ts';
import { pulp } from './support/pulp.ts';

/** Commands at once: each is a process that keeps a core busy while it starts. */
const atOnce = 3;

/** Milliseconds: sixty commands take less than a minute, unless the machine has much else to do. */
const limit = 900_000;

type Cell = { readonly took: number; readonly wrong?: string };

interop(
  'every kind of source to every kind of destination',
  () => {
    labTest(
      'brings all files over byte for byte, and then has nothing to do',
      async (lab) => {
        const world = await createWorld(lab);
        const opened: Place[] = [];
        for (const source of sources) opened.push(await source.open(world));
        const slots = createLimiter(atOnce);
        const columns: (() => Promise<readonly Cell[]>)[] = [];
        for (const number of destinations.keys()) columns.push(await column(world, number, opened, slots));
        const done = await Promise.all(columns.map((start) => start()));
        const cells = sources.map((_, row) => done.map((cells) => cells[row]!));
        const shown = table(cells);
        const wrong = cells.flatMap((row, s) =>
          row.flatMap(({ wrong }, d) => (wrong === undefined ? [] : [`${sources[s]!.name} → ${destinations[d]!.name}: ${wrong}`])),
        );
        if (wrong.length > 0) throw new Error(`${shown}\n\n${wrong.join('\n\n')}`);
        process.stdout.write(`${shown}\n`);
      },
      limit,
    );
  },
  nginx.unavailable === undefined ? pulp : nginx,
);

/** One column of the matrix: the pairs with this kind of destination, as many at once as it and `slots` let. */
async function column(world: World, number: number, opened: readonly Place[], slots: Limiter): Promise<() => Promise<readonly Cell[]>> {
  const expected = await distributionDigests(world.files);
  const kind = destinations[number]!;
  const fresh = await kind.open(world);
  const own = createLimiter(kind.atOnce);
  const pair = async (source: Place, row: number): Promise<Cell> => {
    const began = Date.now();
    try {
      // Neighbours in a row and in a column go different ways.
      const way = (row + number) % 2 === 0 ? 'apply' : 'sync';
      const place = number * opened.length + row;
      const destination = await fresh(place);
      const leftOut = projectsLeftOut({ source, destination });
      const gone = new Set(matrixFiles.filter(({ project }) => leftOut.includes(project)).map(({ filename }) => filename));
      const arriving = Object.fromEntries(Object.entries(expected).filter(([filename]) => !gone.has(filename)));
      await runPair(world, { number: place, way, source, destination, expected: arriving });
      return { took: Date.now() - began };
    } catch (error) {
      return { took: Date.now() - began, wrong: String(error) };
    }
  };
  return () => Promise.all(opened.map((source, row) => own(() => slots(() => pair(source, row)))));
}

function table(cells: readonly (readonly Cell[])[]): string {
  const head = ['source \\ destination', ...destinations.map(({ name }) => name)];
  const text = ({ took, wrong }: Cell) => `${wrong === undefined ? 'ok' : 'WRONG'} ${(took / 1000).toFixed(1)} s`;
  const lines = [head, ...cells.map((row, s) => [sources[s]!.name, ...row.map(text)])];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
