import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { systemErrorCode } from './file-errors.ts';

/** What a process puts into the names of its temporary files, so that others can tell when nobody will come back for them: `<machine>-<pid>`. */
export const processMark = (): string => `${thisMachine}-${process.pid}`;

/** A mark in a name, as the source of a regular expression without groups. */
export const markPattern = '[0-9a-f]{8}-[0-9]{1,10}';

/** A process id means nothing on another machine that shares the folder. */
const thisMachine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Whether the mark is that of a process of this machine that is gone. What another machine made may be in use: that cannot be told from here. */
export function isAbandoned(mark: string): boolean {
  const [machine, pid] = mark.split('-');
  return machine === thisMachine && pid !== undefined && /^[0-9]{1,10}$/.test(pid) && !isAlive(Number(pid));
}

/** Whether the mark is this process's own. */
export function isOwn(mark: string): boolean {
  return mark === processMark();
}

/** Whether a process of this machine has the number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return systemErrorCode(error) === 'EPERM';
  }
}

/**
 * When the process of this machine began, as a text to compare with another: numbers are given again. Undefined where the system does not tell.
 * Not a time of the clock, which can be set (`/proc/<pid>/stat`, field 22: ticks since the start of the system).
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name of the program in brackets, and may have any characters.
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .at(19);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
