import { setTimeout as delay } from 'node:timers/promises';
import { isPkgsyncError, PkgsyncError, printable, redactUrl } from '../../errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { WriteAnswer } from '../destination.ts';
import { isRecord, parseJsonText } from '../json-value.ts';

export interface TaskOptions {
  /** What was posted to; the task is asked for at its origin. */
  readonly url: URL;
  /** The body of the answer 202. */
  readonly body: string;
  readonly http: HttpClient;
  /** Beginning of the sentence about a task that failed. Default: about an upload. */
  readonly failure?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; rejects when the signal aborts. Default: the clock's. */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
}

const uploadFailure = 'Pulp took the file and did not store it';
/** Waits between looks at a task, milliseconds: a minute in all. */
const waits: readonly number[] = [0, 250, 500, 1000, 2000, ...Array<number>(14).fill(4000)];
/** Characters of a task. */
const bodyLimit = 1024 * 1024;

/**
 * How the task ended that Pulp queued an upload or another change in: https://pulpproject.org/pulpcore/docs/. Undefined where that cannot be found out, as the uploader may not
 * see tasks, or in time: then only the listing can say.
 * @throws PkgsyncError REFUSED with the description of a task that failed
 */
export async function taskOutcome({
  url,
  body,
  http,
  failure = uploadFailure,
  signal,
  sleep = wait,
}: TaskOptions): Promise<WriteAnswer | undefined> {
  const task = taskUrl(body, url);
  if (task === undefined) return undefined;
  try {
    for (const pause of waits) {
      if (pause > 0) await sleep(pause, signal);
      const read = await readTask(http, task, signal);
      if (read === undefined) return undefined;
      const { state, description, changed } = read;
      if (state === 'completed') return changed ? completed : unchanged;
      if (state === 'failed' || state === 'canceled') return failed(task, state, description, failure);
    }
    return undefined;
  } catch (error) {
    // The upload was taken, whatever became of the questions about it.
    if (signal?.aborted === true || isPkgsyncError(error, 'UNREACHABLE', 'BAD_RESPONSE', 'REDIRECTED')) return undefined;
    throw error;
  }
}

const completed: WriteAnswer = { outcome: 'done', status: 202, reason: 'the task has completed' };
/** Bytes are kept once, under the filename that they first came with: under another, nothing changes, and the listing is the one to say so. */
const unchanged: WriteAnswer = {
  outcome: 'exists',
  status: 202,
  reason: 'the task has completed, but changed nothing: these bytes are there',
};

/** Two uploads of one name at a time: the listing says whose bytes are there. */
function failed(task: URL, state: string, description: string, failure: string): WriteAnswer {
  const said = printable(description, 300);
  if (/duplicate packages|already exist/i.test(description)) return { outcome: 'exists', status: 202, reason: said };
  throw new PkgsyncError('REFUSED', `${failure}: ${redactUrl(task)} ${state}${said === '' ? '' : `: ${said}`}`, {
    status: 202,
  });
}

/** Where the task is asked for: its path is trusted, another origin is not. */
function taskUrl(body: string, url: URL): URL | undefined {
  const answer = parseJsonText(body);
  const task = isRecord(answer) ? answer['task'] : undefined;
  if (typeof task !== 'string' || !URL.canParse(task, url.origin)) return undefined;
  const found = new URL(task, url.origin);
  return found.origin === url.origin && /\/tasks\/[^/]+\/$/.test(found.pathname) ? found : undefined;
}

interface TaskState {
  readonly state: string;
  /** Of its error; may be empty. */
  readonly description: string;
  /** Whether it made anything, such as a version of the repository. */
  readonly changed: boolean;
}

/** Undefined where it may not be seen, or is none. */
function readTask(http: HttpClient, task: URL, signal: AbortSignal | undefined): Promise<TaskState | undefined> {
  return http.read(task, { accept: 'application/json', decode: true, signal }, async (response) => {
    if (response.status !== 200 || response.leftOrigin !== undefined) {
      await response.discard();
      return undefined;
    }
    const answer = parseJsonText(await response.text(bodyLimit));
    if (!isRecord(answer) || typeof answer['state'] !== 'string') return undefined;
    const error = answer['error'];
    const description = isRecord(error) && typeof error['description'] === 'string' ? error['description'] : '';
    const created = answer['created_resources'];
    return { state: answer['state'], description, changed: !Array.isArray(created) || created.length > 0 };
  });
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
}
