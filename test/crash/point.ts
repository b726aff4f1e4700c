import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CliResult } from '../support/cli.ts';
import { problemsOf, servedOf } from '../support/served-tree.ts';
import type { Tree } from '../support/served-tree.ts';
import { succeeded, wantedFiles, wholeContents } from './scenario.ts';
import type { Attempt, Beginning } from './scenario.ts';

/** When a run is cut off. */
export type Trigger =
  | { readonly kind: 'disk operation'; readonly at: number; readonly how: 'before' | 'after' | 'torn' }
  | { readonly kind: 'byte served' | 'request' | 'upload' | 'millisecond'; readonly at: number };

export interface Cut {
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly trigger: Trigger;
}

/** How an undisturbed run goes, against which all others are held. */
export interface Undisturbed {
  readonly tree: Tree;
  readonly server: ReadonlyMap<string, string>;
  /** The lock before, and as the first apply puts it in force. */
  readonly locks: { readonly old: string; readonly approved: string };
  readonly operations: number;
  readonly bytes: number;
  readonly requests: number;
  readonly uploads: number;
  readonly milliseconds: number;
}

export interface PointResult {
  readonly problems: readonly string[];
  /** Cuts that came before the run had ended. */
  readonly hits: number;
  /** Files that were whole on this machine when a run was cut off, and that its successors did not ask for. */
  readonly spared: number;
}

const killAt = new URL('kill-at.mjs', import.meta.url);

/** Runs applies that are cut off, one after the other, each followed by a check; then one that is not; and compares. */
export async function tryPoint(beginning: Beginning, cuts: readonly Cut[], expected: Undisturbed): Promise<PointResult> {
  await using attempt = await beginning.attempt();
  const problems: string[] = [];
  const note = (when: string, found: readonly string[]): void => void problems.push(...found.map((problem) => `${when}: ${problem}`));
  let hits = 0;
  let spared = 0;
  const spare = await sparedFiles(attempt);
  for (const [index, cut] of cuts.entries()) {
    const when = `after cut ${index + 1}`;
    const asked = attempt.source.downloads.length;
    const before = await attempt.tree();
    const result = await cutOff(attempt, cut);
    note(when, spare.problems(asked));
    note(when, await stateProblems(attempt, expected));
    note(when, endProblems(result, cut, before, await attempt.tree()));
    if (result.code !== 0) hits += 1;
    await spare.look();
  }
  const asked = attempt.source.downloads.length;
  const { code, signal, stdout, stderr } = await attempt.start(['apply', '--yes']).result;
  if (code !== 0) note('the last apply', [`exit ${code ?? signal ?? ''}: ${stdout.split('\n').slice(-12).join('\n')}${stderr}`]);
  note('the last apply', spare.problems(asked));
  spared += spare.count;
  note('in the end', await stateProblems(attempt, expected));
  note('in the end', differences(comparable(expected.tree), comparable(await attempt.tree())));
  const server = contentsOf(attempt);
  for (const [filename, digest] of expected.server)
    if (server.get(filename) !== digest) note('in the end', [`the server lacks ${filename}`]);
  note(
    'in the end',
    [...(await attempt.temporary()).keys()].map((path) => `${path} is left among the temporary files`),
  );
  return { problems, hits, spared };
}

/** How an apply that nobody disturbs goes. */
export async function undisturbed(beginning: Beginning): Promise<Undisturbed> {
  await using locking = await beginning.attempt();
  const before = await locking.lock();
  await succeeded(locking.start(['lock']));
  const locks = { old: before, approved: await locking.lock() };

  await using attempt = await beginning.attempt();
  const began = performance.now();
  await succeeded(attempt.start(['apply', '--yes']));
  const milliseconds = Math.ceil(performance.now() - began);

  await using counting = await beginning.attempt();
  const count = new URL(`?count=${encodeURIComponent(`${counting.folder}/operations`)}`, killAt);
  await succeeded(counting.start(['apply', '--yes'], ['--import', count.href]));
  return {
    tree: await attempt.tree(),
    server: contentsOf(attempt),
    locks,
    operations: Number(await readFile(`${counting.folder}/operations`, 'utf8')),
    bytes: attempt.source.bytes,
    requests: attempt.source.requests,
    uploads: attempt.target.uploads,
    milliseconds,
  };
}

async function cutOff(attempt: Attempt, { signal, trigger }: Cut): Promise<CliResult> {
  if (trigger.kind === 'disk operation') {
    const preload = new URL(`?at=${trigger.at}&how=${trigger.how}`, killAt);
    return await attempt.start(['apply', '--yes'], ['--import', preload.href]).result;
  }
  const before = { bytes: attempt.source.bytes, requests: attempt.source.requests, uploads: attempt.target.uploads };
  const running = attempt.start(['apply', '--yes']);
  let struck = false;
  const strike = (): void => {
    // A second SIGTERM would end the run at once.
    if (!struck) running.process.kill(signal);
    struck = true;
  };
  const check = (): void => {
    const reached = {
      'byte served': attempt.source.bytes - before.bytes,
      request: attempt.source.requests - before.requests,
      upload: attempt.target.uploads - before.uploads,
      millisecond: 0,
    }[trigger.kind];
    if (reached >= trigger.at) strike();
  };
  attempt.source.onProgress = check;
  const timer =
    trigger.kind === 'upload' ? setInterval(check, 1) : trigger.kind === 'millisecond' ? setTimeout(strike, trigger.at) : undefined;
  try {
    return await running.result;
  } finally {
    attempt.source.onProgress = () => undefined;
    clearInterval(timer);
  }
}

/** What must be true at every moment. */
async function stateProblems(attempt: Attempt, { locks }: Undisturbed): Promise<readonly string[]> {
  const tree = await attempt.tree();
  const lock = await attempt.lock();
  const server = contentsOf(attempt);
  return [
    ...problemsOf(mirrorOf(tree), wholeContents),
    ...lockProblems(lock, locks),
    ...[...server]
      .filter(([filename, digest]) => !wholeContents(filename).has(digest))
      .map(([filename]) => `${filename} on the server is not whole`),
  ];
}

/** It is the old one, or approves what the new one does; of what that one retires it may have forgotten what is gone already. */
function lockProblems(lock: string, { old, approved }: Undisturbed['locks']): readonly string[] {
  if (lock === old) return [];
  const [entries, wanted] = [entriesOf(lock), entriesOf(approved)];
  return [
    ...[...entries].filter(([file, entry]) => wanted.get(file) !== entry).map(([file]) => `the lock has another entry of ${file}`),
    ...[...wanted].filter(([file, entry]) => !entry.includes('"removed"') && !entries.has(file)).map(([file]) => `the lock lacks ${file}`),
  ];
}

function entriesOf(lock: string): ReadonlyMap<string, string> {
  const { packages } = JSON.parse(lock) as { packages: readonly { files: readonly { filename: string }[] }[] };
  return new Map(packages.flatMap(({ files }) => files.map((file) => [file.filename, JSON.stringify(file)] as const)));
}

/** What a run that was asked to stop must have said and done. */
function endProblems({ code, signal, stdout }: CliResult, cut: Cut, before: Tree, after: Tree): readonly string[] {
  if (cut.signal === 'SIGKILL') return code === 0 || signal === 'SIGKILL' ? [] : [`exit ${code ?? signal ?? ''}: ${stdout}`];
  if (code === 0 || signal === 'SIGTERM') return [];
  if (code !== 143) return [`exit ${code ?? signal ?? ''} after SIGTERM: ${stdout}`];
  if (/^(Index is consistent|Applied): \d+ of \d+ done/m.test(stdout)) return [];
  // It had not begun.
  return differences(servedOf(mirrorOf(before)), servedOf(mirrorOf(after))).map((problem) => `no state line, but ${problem}`);
}

interface Spared {
  readonly count: number;
  look(): Promise<void>;
  /** What was asked for since download number `since` although it was there. */
  problems(since: number): readonly string[];
}

/** Remembers what lies whole on this machine when a run was cut off: wherever it is wanted, or in a staging folder. */
async function sparedFiles(attempt: Attempt): Promise<Spared> {
  let whole = new Set<string>();
  /** Bytes of a file that had begun to arrive. */
  let begun = new Map<string, number>();
  const seen = new Set<string>();
  const self: Spared = {
    get count() {
      return seen.size;
    },
    async look() {
      whole = new Set();
      begun = new Map();
      const tree = await attempt.tree();
      const staged = [...tree, ...(await attempt.temporary())].filter(([path]) => path.endsWith('.part'));
      const server = contentsOf(attempt);
      for (const [filename, { bytes, atServer }] of wantedFiles) {
        const digest = sha256(bytes);
        const project = filename.split('-')[0] ?? '';
        const placed = tree.get(`mirror/packages/${project}/${filename}`);
        const done = placed !== undefined && sha256(placed) === digest && (!atServer || server.get(filename) === digest);
        const parts = staged.filter(([path]) => basename(path).startsWith(`.${filename}.`)).map(([, content]) => content);
        if (done || parts.some((part) => sha256(part) === digest)) whole.add(filename);
        else if (parts.length > 0) begun.set(filename, Math.max(...parts.map((part) => part.length)));
      }
      for (const filename of whole) if (attempt.source.downloads.some((one) => one.filename === filename)) seen.add(filename);
    },
    problems: (since) => {
      const again = attempt.source.downloads.slice(since);
      // A later download of one run goes on with what came in it; only the first one tells.
      const firsts = new Map(again.toReversed().map(({ filename, start }) => [filename, start]));
      return [...firsts].flatMap(([filename, start]) => {
        if (whole.has(filename)) return [`${filename} was fetched again`];
        const size = begun.get(filename);
        return size !== undefined && start !== size ? [`${filename} was fetched from byte ${start}, though ${size} were there`] : [];
      });
    },
  };
  await self.look();
  return self;
}

/** Everything but what differs from run to run by its nature: the manifest with its ports, and the memory of digests with its times. */
function comparable(tree: Tree): Tree {
  return new Map([...tree].filter(([path]) => path !== 'pkgsync.json' && !/^mirror\/\.pkgsync\/digests\/[^.][^/]*\.json$/.test(path)));
}

function differences(expected: Tree, actual: Tree): readonly string[] {
  const paths = new Set([...expected.keys(), ...actual.keys()]);
  return [...paths].sort().flatMap((path) => {
    const [wanted, found] = [expected.get(path), actual.get(path)];
    if (wanted === undefined) return [`${path} is left over`];
    if (found === undefined) return [`${path} is missing`];
    return Buffer.compare(wanted, found) === 0 ? [] : [`${path} differs`];
  });
}

function mirrorOf(tree: Tree): Tree {
  return new Map(
    [...tree].flatMap(([path, bytes]) => (path.startsWith('mirror/') ? [[path.slice('mirror/'.length), bytes] as const] : [])),
  );
}

function contentsOf({ target }: Attempt): ReadonlyMap<string, string> {
  return new Map(target.files.map(({ filename, bytes }) => [filename, sha256(bytes)]));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
