import { createReadStream } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { writeAtomically } from '../io/atomic-write.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { hashBytes, type Measured } from '../io/hashing.ts';
import { syncFolder } from '../io/sync-folder.ts';
import type { PagePaths } from './directory-layout.ts';
import { renderProjectHtml, renderProjectJson } from './render-page.ts';
import type { ProjectPage } from './project-page.ts';

/** The texts of one project's pages; undefined where a file is missing. */
export interface PageTexts {
  readonly html: string | undefined;
  readonly json: string | undefined;
}

/** @throws PkgsyncError FILE_SYSTEM */
export async function readPages(paths: PagePaths): Promise<PageTexts> {
  return { html: await readText(paths.html), json: await readText(paths.json) };
}

/**
 * Brings both representations in line with `page`, and makes that survive a power cut; a file that already has the right bytes is not touched, so that
 * caches of it stay valid.
 */
export async function writePages(paths: PagePaths, present: PageTexts, page: ProjectPage): Promise<void> {
  const json = renderProjectJson(page);
  const html = renderProjectHtml(page);
  // JSON first: it is what the next run reads facts from, and an HTML page behind it shows as stale.
  if (json !== present.json) await writeAtomically(paths.json, json);
  if (html !== present.html) await writeAtomically(paths.html, html);
  // A run that was killed may have renamed them without having got further.
  if (json === present.json && html === present.html) await syncFolder(dirname(paths.json));
}

/** As `writePages` for a text too long to hold: `render` is run once to compare and once more to write. */
export async function writeStreamed(path: string, render: () => Iterable<string>): Promise<void> {
  if (!(await hasContent(path, render()))) await writeAtomically(path, Readable.from(encoded(render())));
}

/** Whether the file at `path` consists of exactly these texts. */
export async function hasContent(path: string, texts: Iterable<string>): Promise<boolean> {
  const present = await hashFile(path);
  if (present === undefined) return false;
  const rendered = await hashBytes(encoded(texts));
  return present.hashes.sha256 === rendered.hashes.sha256;
}

/** What tells one state of a file from another, or undefined where it is missing. */
export async function fileState(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeNs, ino } = await lstat(path, { bigint: true });
    return `${size}:${mtimeNs}:${ino}`;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'look up');
  }
}

/** The file's text, or undefined where it is missing. @throws PkgsyncError FILE_SYSTEM */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'read');
  }
}

async function hashFile(path: string): Promise<Measured | undefined> {
  try {
    return await hashBytes(createReadStream(path) as AsyncIterable<Uint8Array>);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError(error, path, 'read');
  }
}

/** UTF-8 in pieces of some size: one write per name would be slow. */
function* encoded(texts: Iterable<string>): Generator<Uint8Array> {
  let pending: string[] = [];
  let length = 0;
  for (const text of texts) {
    pending.push(text);
    length += text.length;
    if (length < 64 * 1024) continue;
    yield Buffer.from(pending.join(''), 'utf8');
    pending = [];
    length = 0;
  }
  yield Buffer.from(pending.join(''), 'utf8');
}
