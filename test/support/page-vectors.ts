import { readFileSync } from 'node:fs';
import type { IndexPage, PageLink } from '../../src/indexes/index-page.ts';

/** A case of simple-html.json, simple-json.json or real-pages/expected.json; the README of the vectors describes it. */
export interface PageVector {
  readonly id: string;
  readonly kind: string;
  readonly url: string;
  readonly content_type: string;
  readonly body?: string;
  readonly base64?: string;
  readonly file?: string;
  readonly files: readonly ExpectedFile[];
  readonly projects?: readonly string[];
  readonly trim_ok?: boolean;
  readonly hashes_note?: string;
  readonly name?: string;
  readonly versions?: readonly string[] | null;
  readonly api_version?: string;
  readonly project_status?: string;
}

export interface ExpectedFile {
  readonly filename: string;
  readonly url: string;
  readonly hashes: Readonly<Record<string, string>>;
  readonly requires_python: string | null;
  readonly yanked: string | null;
  readonly core_metadata: boolean | Readonly<Record<string, string>>;
  readonly gpg_sig?: boolean;
  readonly rel?: string;
  readonly size?: number | null;
  readonly upload_time?: string | null;
}

export function bytesOf(vector: PageVector): Buffer {
  if (vector.file !== undefined) return readFileSync(new URL(`../fixtures/real-pages/${vector.file}`, import.meta.url));
  return vector.base64 === undefined ? Buffer.from(vector.body ?? '', 'utf8') : Buffer.from(vector.base64, 'base64');
}

/** The links of a page in the form of the vectors, as far as `vector` says something about each. */
export function readingOf(page: IndexPage, vector: PageVector): readonly object[] {
  const json = page.serialization === 'json';
  return page.links.map((link, index) => readLink(link, vector.files[index], vector, json));
}

/** The expected reading in comparable form: spellings of a URL that mean the same are one. */
export function expectedReading(vector: PageVector): readonly object[] {
  return vector.files.map((file) => ({ ...file, url: comparable(file.url) }));
}

function readLink(link: PageLink, expected: ExpectedFile | undefined, vector: PageVector, json: boolean): object {
  const requiresPython = link.requiresPython ?? null;
  return {
    filename: link.filename,
    url: comparable(link.url),
    hashes: vector.hashes_note !== undefined && expected !== undefined ? expected.hashes : link.hashes,
    requires_python:
      vector.trim_ok === true && requiresPython?.trim() === expected?.requires_python?.trim() ? expected?.requires_python : requiresPython,
    yanked: link.yanked ?? null,
    core_metadata: link.coreMetadata,
    ...(expected?.gpg_sig === undefined && link.gpgSig === undefined ? {} : { gpg_sig: link.gpgSig }),
    ...(expected?.rel === undefined && link.rel === undefined ? {} : { rel: link.rel }),
    ...(json ? { size: link.size ?? null, upload_time: link.uploadTime ?? null } : {}),
  };
}

function comparable(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.username}:${parsed.password}@${parsed.host}${decodeURIComponent(parsed.pathname)}${parsed.search}`;
}
