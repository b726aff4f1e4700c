import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PkgsyncError, printable } from '../errors.ts';
import { fileSystemError, systemErrorCode } from '../io/file-errors.ts';
import { fileSource } from '../io/file-source.ts';
import type { Project } from '../packaging/distribution-file.ts';
import { compareText, isValidName, normalizeName, type PackageName } from '../packaging/name.ts';
import { HtmlPage } from './parse-html.ts';
import { JsonPage } from './parse-json.ts';
import { parseRootHtml } from './parse-root-html.ts';
import { parseRootJson } from './parse-root-json.ts';
import { judged, pageLimits } from './read-page.ts';
import type { RootList } from './root-list.ts';

/** Names of a page on disk, the better one first. */
const pageNames = ['index.v1_json', 'index.html'] as const;

/** A page on disk reads as the server would have sent it. */
const fileType = 'text/html';

/** The path of the page in a folder, or undefined where it has none. @throws PkgsyncError FILE_SYSTEM */
export async function pageIn(folder: string): Promise<string | undefined> {
  for (const pageName of pageNames) {
    const path = join(folder, pageName);
    if ((await kindOf(path)) === 'file') return path;
  }
  return undefined;
}

/** @throws PkgsyncError FILE_SYSTEM */
export async function isFolder(path: string): Promise<boolean> {
  return (await kindOf(path)) === 'folder';
}

/** The page of project `name`. @throws PkgsyncError BAD_RESPONSE for what is no such page, FILE_SYSTEM */
export async function readProjectFile(path: string, name: PackageName, signal: AbortSignal | undefined): Promise<Project> {
  const url = pathToFileURL(path).href;
  const reader = isJson(path) ? new JsonPage({ url }) : new HtmlPage({ url, contentType: fileType });
  let size = 0;
  for await (const chunk of fileSource(path).read({ signal })) {
    size += chunk.length;
    if (size > pageLimits.project) {
      throw new PkgsyncError(
        'BAD_RESPONSE',
        `${printable(path, 1000)} is longer than ${pageLimits.project} bytes, the most that is read of it`,
      );
    }
    reader.write(chunk);
  }
  return judged(reader.end(), name, url, true);
}

/** The project list. @throws PkgsyncError BAD_RESPONSE for what is none, FILE_SYSTEM */
export async function readListFile(path: string, signal: AbortSignal | undefined): Promise<RootList> {
  const url = pathToFileURL(path).href;
  const body = fileSource(path).read({ signal });
  return isJson(path) ? parseRootJson(body, { url }) : parseRootHtml(body, { url, contentType: fileType });
}

/** Folders by the project they are named after, whatever the spelling (`Django`, `zope.interface`). @throws PkgsyncError FILE_SYSTEM */
export async function foldersByProject(path: string): Promise<ReadonlyMap<PackageName, string>> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (!entry.isFile() && isValidName(entry.name)) names.push(entry.name);
    }
  } catch (error) {
    throw fileSystemError(error, path, 'read');
  }
  // In byte order, so that of two spellings the same one counts everywhere.
  return new Map(names.sort(compareText).map((name) => [normalizeName(name), join(path, name)]));
}

function isJson(path: string): boolean {
  return path.endsWith('.v1_json');
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | undefined> {
  try {
    const facts = await stat(path);
    return facts.isFile() ? 'file' : facts.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw fileSystemError(error, path, 'read');
  }
}
