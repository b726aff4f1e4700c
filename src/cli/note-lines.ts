import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanNote } from '../engine/summary.ts';
import { privateFolder } from '../engine/temporary.ts';
import { fileSystemError } from '../io/file-errors.ts';
import { linesOf } from '../io/lines.ts';
import { noteText } from './notes.ts';
import type { Session } from './session.ts';
import { temporaryFolder } from './session.ts';

/** Characters that are held in memory; more are in a temporary file, because there may be a note for every project of an index. */
const held = 64 * 1024;

/** A sentence about a project, or about the whole plan. */
interface Note {
  readonly class: string;
  readonly name?: string | undefined;
  readonly destination?: string | undefined;
  readonly message: string;
}

/** Notes of a plan as JSON lines (`schema/events.schema.json`), kept until the plan's own lines are out. */
export class NoteLines implements AsyncDisposable {
  readonly #parent: string;
  #text = '';
  #folder: Awaited<ReturnType<typeof privateFolder>> | undefined;

  /** @param parent where the temporary folder is made, if one is needed */
  constructor(parent: string) {
    this.#parent = parent;
  }

  /** Keeps the warnings of a project. @throws PkgsyncError FILE_SYSTEM, DISK_FULL */
  async add({ name, warnings = [] }: { readonly name: string; readonly warnings?: readonly Note[] }): Promise<void> {
    for (const warning of warnings) await this.#keep({ class: warning.class, name, message: warning.message });
  }

  /** Prints what was kept, and then the notes about the whole plan. */
  async print({ console }: Pick<Session, 'console'>, notes: readonly PlanNote[]): Promise<void> {
    if (this.#folder !== undefined) for await (const line of linesOf(fileIn(this.#folder.path))) await console.out(`${line}\n`);
    if (this.#text !== '') await console.out(this.#text);
    for (const note of notes) await console.out(noteLine(note));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder?.remove();
  }

  async #keep(note: Note): Promise<void> {
    this.#text += lineOf(note);
    if (this.#text.length < held) return;
    this.#folder ??= await privateFolder(this.#parent);
    const file = fileIn(this.#folder.path);
    try {
      await appendFile(file, this.#text, { mode: 0o600 });
    } catch (error) {
      throw fileSystemError(error, file, 'write');
    }
    this.#text = '';
  }
}

function fileIn(folder: string): string {
  return join(folder, 'notes.jsonl');
}

/** A note about the whole plan as a line of JSON. */
export function noteLine(note: PlanNote): string {
  const destination = 'destination' in note ? note.destination : undefined;
  return lineOf({ class: note.kind, destination, message: noteText(note) });
}

/** Where a session's notes are kept. */
export function noteLines({ flags }: Pick<Session, 'flags'>): NoteLines {
  return new NoteLines(temporaryFolder(flags));
}

function lineOf({ class: kind, name, destination, message }: Note): string {
  return `${JSON.stringify({ type: 'note', eventsVersion: 1, class: kind, name, destination, message })}\n`;
}
