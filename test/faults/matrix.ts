import { readFile } from 'node:fs/promises';
import { systemErrorCode } from '../../src/io/file-errors.ts';
import type { CliHost, Ran } from './cli-host.ts';
import { broken, inTurn } from './effects.ts';
import { faults } from './fault.ts';
import type { Fault, Times } from './fault.ts';
import type { Strike } from './fault-server.ts';
import { sha256 } from './index-script.ts';
import { outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { offered, scenes } from './scenes.ts';
import type { Scene, Stage } from './scenes.ts';

/** One fault at one operation. */
export interface Cell {
  readonly scene: Scene;
  readonly fault: Fault;
  readonly times: Times;
}

/** What came of a cell. */
export interface CellResult {
  /** `exit 27, blocked BAD_RESPONSE, retryable, 4 requests`. */
  readonly outcome: string;
  /** Everything that must never be: empty. */
  readonly violations: readonly string[];
  readonly peak: number;
  readonly milliseconds: number;
}

/** Bytes that a command may need more than without a fault. */
const memoryLimit = 300 * 1024 * 1024;

const counts: Readonly<Record<Times, number>> = { once: 1, twice: 2, always: Infinity };

/** The faults that only make sense at one operation, by its name. */
const rivalNames = ['another client was first, same bytes', 'another client was first, other bytes'];

/** All cells that make sense, operation by operation. */
export function cells(): readonly Cell[] {
  return scenes.flatMap((scene) => {
    const own = scene.target === 'write' && scene.name.endsWith(scene.name.startsWith('apply') ? 'upload' : 'file') ? rivalNames : [];
    const placeholders = own.map((name): Fault => ({ name, effect: () => undefined, times: ['once'] }));
    return [...faults.filter((fault) => fault.for?.includes(scene.target) ?? true), ...placeholders].flatMap((fault) =>
      (fault.times ?? (['once', 'always'] as const)).map((times) => ({ scene, fault, times })),
    );
  });
}

export function keyOf({ scene, fault, times }: Pick<Cell, 'scene' | 'fault' | 'times'>): string {
  return `${scene.name} | ${fault.name} | ${times}`;
}

/** What a scene comes to without a fault, and how often it asks. */
export interface Baseline {
  readonly code: number;
  readonly hits: number;
  readonly outcome: Outcome;
}

/** Runs a scene without faults. @throws where it does not end as it should */
export async function baselineOf(scene: Scene, host: CliHost): Promise<Baseline> {
  const stage = await scene.open();
  try {
    stage.faulty.strike({ on: stage.on, times: scene.target === 'resume' ? 1 : 0, effect: broken(500, 'reset') });
    const ran = await host.run(stage.args, stage.folder.folder);
    const problems = [...(await soundness(scene, stage)), ...(await completeness(scene, stage))];
    if (ran.code !== 0 || problems.length > 0) {
      throw new Error(`${scene.name} without a fault: exit ${ran.code}, ${problems.join('; ')}\n${ran.stdout}${ran.stderr}`);
    }
    return { code: ran.code, hits: stage.faulty.hits, outcome: outcomeOf(ran) };
  } finally {
    await stage[Symbol.asyncDispose]();
  }
}

/** Runs a command while a fault strikes, and again when it is over; judges both. */
export async function runCell({ scene, fault, times }: Cell, baseline: Baseline, host: CliHost): Promise<CellResult> {
  const started = performance.now();
  const stage = await scene.open();
  try {
    const { effect } = stage.own?.find(({ name }) => name === fault.name) ?? fault;
    stage.faulty.strike(strikeOf(scene, stage, effect, times));
    const before = await lockOf(stage);
    let ran: Ran;
    try {
      ran = await host.run(stage.args, stage.folder.folder);
    } catch (error) {
      return { outcome: 'lost', violations: [String(error)], peak: 0, milliseconds: performance.now() - started };
    }
    const { hits } = stage.faulty;
    const outcome = outcomeOf(ran);
    const violations = [
      ...(await soundness(scene, stage)),
      ...(await lockProblems(stage, before)),
      ...(await siblingProblems(scene, stage, outcome, baseline)),
      ...manners(ran, outcome),
    ];
    const complete = await completeness(scene, stage);
    // Without a lock nobody knows that a page ever had more.
    const unknowable = scene.forgets === true && fault.name === 'page without the file';
    if (scene.writes && ran.code === 0 && !unknowable) violations.push(...complete.map((problem) => `exit 0, but ${problem}`));
    stage.faulty.strike();
    violations.push(...(await recovery(scene, stage, host, fault)));
    return {
      outcome: described(ran, outcome, hits, baseline),
      violations,
      peak: ran.peak,
      milliseconds: performance.now() - started,
    };
  } finally {
    await stage[Symbol.asyncDispose]();
  }
}

function strikeOf({ target }: Scene, { on }: Stage, effect: Fault['effect'], times: Times): Strike {
  // A download is only resumed after it broke off.
  if (target === 'resume') return { on, effect: inTurn(broken(500, 'reset'), effect), times: counts[times] + 1 };
  return { on, effect, times: counts[times] };
}

function described({ code }: Ran, { words, retryable }: Outcome, hits: number, baseline: Baseline): string {
  const again = hits > baseline.hits && words.length === 1 && words[0] === 'done' ? 'done after retry' : words.join(' + ');
  const parts = [`exit ${code}`, again, ...(retryable === undefined ? [] : [retryable ? 'retryable' : 'final']), `${hits} requests`];
  return parts.join(', ');
}

/** Nothing is lost, nothing half-written, no wrong bytes: whatever the fault. */
async function soundness({ kept, writes, wanted }: Scene, stage: Stage): Promise<readonly string[]> {
  const held = await stage.held();
  const lost = kept
    .filter(({ filename, bytes }) => held.get(filename)?.equals(bytes) !== true)
    .map(({ filename }) => `${filename} is lost`);
  const wrong = [...held].flatMap(([filename, bytes]) => (isOffered(filename, bytes) ? [] : [`${filename} has wrong bytes`]));
  const listed = (await stage.falselyListed?.()) ?? [];
  const extra = writes ? [] : [...held.keys()].filter((filename) => wanted.every((one) => one.filename !== filename));
  return [
    ...lost,
    ...wrong,
    ...listed.map((filename) => `${filename} is listed and not there`),
    ...extra.map((filename) => `${filename} was written by a command that only reads`),
    ...(await leftovers(stage)),
  ];
}

function isOffered(filename: string, bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 20) === 'other bytes' || offered.some((one) => one.filename === filename && one.bytes.equals(bytes));
}

/** Temporary files that a finished run left where people look. */
async function leftovers({ folder }: Stage): Promise<readonly string[]> {
  const files = await folder.files('.');
  return files.filter((file) => /\.tmp$|staging\/.+/.test(file)).map((file) => `${file} was left behind`);
}

async function completeness({ wanted }: Scene, stage: Stage): Promise<readonly string[]> {
  const held = await stage.held();
  return wanted.filter(({ filename, bytes }) => held.get(filename)?.equals(bytes) !== true).map(({ filename }) => `${filename} is missing`);
}

async function siblingProblems(scene: Scene, stage: Stage, outcome: Outcome, baseline: Baseline): Promise<readonly string[]> {
  // Where the command itself ended, nothing was begun; and that says so.
  if (outcome.words.some((word) => word.startsWith('error '))) return [];
  const held = await stage.held();
  const missing = scene.siblings
    .filter(({ filename }) => !held.has(filename))
    .map(({ filename }) => `${filename} did not arrive, though nothing was wrong with it`);
  const plannedElsewhere = baseline.outcome.planned.filter((action) => action.includes('beta') && !outcome.planned.includes(action));
  return [...missing, ...plannedElsewhere.map((action) => `'${action}' is not planned, though nothing was wrong with it`)];
}

/** What any run must do, however it ends. */
function manners(ran: Ran, { words, unreasoned, retryable }: Outcome): readonly string[] {
  // A plan shows what differs, and what the source lacks, and that is all it promises.
  const amiss = words.some((word) => /^(error|failed|blocked [A-Z]|drift)/.test(word));
  const silent = words.some((word) => /^(error|failed|blocked [A-Z]|drift unreachable)/.test(word)) && retryable === undefined;
  return [
    ...unreasoned,
    ...(silent ? ['does not say whether a retry can help'] : []),
    ...(ran.code === 0 && amiss ? [`exit 0 with ${words.join(', ')}`] : []),
    ...(ran.code !== 0 && words[0] === 'done' ? [`exit ${ran.code} without a word why`] : []),
    ...(ran.code === 1 || ran.code < 0 ? [`a fault of its own: ${ran.stderr.slice(-1500)}`] : []),
    ...(ran.peak > memoryLimit ? [`${Math.round(ran.peak / 2 ** 20)} MB of memory`] : []),
    ...(ran.kept.length > 0 ? [`kept running by ${ran.kept.join(', ')}`] : []),
  ];
}

async function lockOf({ folder }: Stage): Promise<string | undefined> {
  try {
    return await readFile(folder.path('pkgsync.lock'), 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The lock is as before, or whole and true. */
async function lockProblems(stage: Stage, before: string | undefined): Promise<readonly string[]> {
  const text = await lockOf(stage);
  if (text === before || text === undefined) return text === before ? [] : ['the lock is gone'];
  const lock = JSON.parse(text) as { packages: { files: { filename: string; hashes: { sha256?: string } }[] }[] };
  return lock.packages
    .flatMap(({ files }) => files)
    .filter(({ filename, hashes }) => !offered.some((one) => one.filename === filename && sha256(one.bytes) === hashes.sha256))
    .map(({ filename }) => `the lock approves other bytes of ${filename}`);
}

/** Once the fault is over the same command makes it complete. */
async function recovery(scene: Scene, stage: Stage, host: CliHost, fault: Fault): Promise<readonly string[]> {
  const ran = await host.run(stage.args, stage.folder.folder).catch((error: unknown) => String(error));
  if (typeof ran === 'string') return [`afterwards ${ran}`];
  // What somebody else put there is there to stay.
  if (fault.name.endsWith('other bytes') && rivalNames.includes(fault.name)) {
    return ran.code === 22 ? [] : [`afterwards exit ${ran.code} with somebody else's bytes there`];
  }
  const problems = [...(await soundness(scene, stage)), ...(await completeness(scene, stage)), ...manners(ran, outcomeOf(ran))];
  const code = ran.code === 0 ? [] : [`exit ${ran.code}: ${ran.stdout.slice(-500)} ${ran.stderr.slice(-500)}`];
  return [...problems, ...code].map((problem) => `afterwards ${problem}`);
}
