import { PkgsyncError, printable, redactUrl } from '../../errors.ts';
import { parseDigests, type DigestSet } from '../../packaging/digest.ts';
import { isDistribution, parseDistributionFilename } from '../../packaging/filename.ts';
import { isValidName, normalizeName, type PackageName } from '../../packaging/name.ts';
import type { DestinationProject, ExistingFile } from '../destination.ts';
import { isRecord, parseJsonText } from '../json-value.ts';
import { lastSegment } from './urls.ts';

/** What devpi says of an index. */
export interface DevpiIndex {
  /** `stage` can be uploaded to, `mirror` cannot. */
  readonly type: string;
  /** Whether files can be replaced; undefined where it does not say. */
  readonly volatile: boolean | undefined;
  /** Indexes that it inherits from, `user/index`. */
  readonly bases: readonly string[];
  /** Projects of this very index, without those of its bases. */
  readonly projects: readonly PackageName[];
}

/** Reads `GET /<user>/<index>` (pure). @throws PkgsyncError BAD_RESPONSE */
export function parseDevpiIndex(text: string, indexUrl: URL): DevpiIndex {
  const result = resultOf(text, 'indexconfig', indexUrl);
  const projects = Array.isArray(result['projects']) ? (result['projects'] as readonly unknown[]) : [];
  return {
    type: typeof result['type'] === 'string' ? result['type'] : 'stage',
    volatile: typeof result['volatile'] === 'boolean' ? result['volatile'] : undefined,
    bases: (Array.isArray(result['bases']) ? (result['bases'] as readonly unknown[]) : []).filter((base) => typeof base === 'string'),
    projects: projects.flatMap((name) => (typeof name === 'string' && isValidName(name) ? normalizeName(name) : [])),
  };
}

/**
 * Reads `GET /<user>/<index>/<name>?ignore_bases` (pure). A project without any version is one that only a base has.
 * @param indexUrl ends in a slash
 * @throws PkgsyncError BAD_RESPONSE
 */
export function parseDevpiProject(text: string, name: PackageName, indexUrl: URL): DestinationProject {
  const versions = Object.values(resultOf(text, 'projectconfig', indexUrl));
  const files: ExistingFile[] = [];
  const warnings: string[] = [];
  for (const version of versions) {
    if (!isRecord(version) || !Array.isArray(version['+links'])) continue;
    const requiresPython =
      typeof version['requires_python'] === 'string' && version['requires_python'] !== '' ? version['requires_python'] : undefined;
    for (const link of version['+links'] as readonly unknown[]) {
      if (!isRecord(link) || link['rel'] !== 'releasefile') continue;
      const read = readLink(link, name, indexUrl);
      if (typeof read === 'string') warnings.push(read);
      else files.push({ ...read, requiresPython });
    }
  }
  return { name, present: versions.length > 0, files, warnings };
}

/** Whether a 404 says that the index has no such project, rather than that there is no such index. */
export function saysNoProject(text: string): boolean {
  const answer = parseJsonText(text);
  return isRecord(answer) && typeof answer['message'] === 'string' && answer['message'].startsWith('no project ');
}

function readLink(link: Readonly<Record<string, unknown>>, name: PackageName, indexUrl: URL): ExistingFile | string {
  const href = typeof link['href'] === 'string' ? ownUrl(link['href'], indexUrl) : undefined;
  if (href === undefined) return `${name} has a file link that is not of this index: ${printable(redactUrl(String(link['href'])))}`;
  const filename = lastSegment(href);
  const parsed = parseDistributionFilename(filename, name);
  if (!isDistribution(parsed)) return `${printable(filename)} is no distribution of ${name} (${parsed.because})`;
  const { version, packageType } = parsed;
  return { name, filename, version, packageType, url: href.href, hashes: digestsIn(link), yanked: false };
}

/**
 * The file's URL under our address of the index. Links are absolute and, behind a proxy, may name another host or path prefix; what counts is that
 * they are files (`+f`) of this user and index: those of a base must never be touched.
 */
function ownUrl(href: string, indexUrl: URL): URL | undefined {
  if (!URL.canParse(href, indexUrl.href)) return undefined;
  const segments = new URL(href, indexUrl).pathname.split('/');
  const files = segments.indexOf('+f');
  const [index, user] = indexUrl.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .reverse();
  if (files < 2 || segments[files - 1] !== index || segments[files - 2] !== user) return undefined;
  return new URL(segments.slice(files).join('/'), indexUrl);
}

/** Newer servers give `hashes`, all of them `hash_spec` (`sha256=…`, of old files `md5=…`). */
function digestsIn(link: Readonly<Record<string, unknown>>): DigestSet {
  const [algorithm = '', value] = typeof link['hash_spec'] === 'string' ? link['hash_spec'].split('=') : [];
  return parseDigests({ [algorithm]: value, ...(isRecord(link['hashes']) ? link['hashes'] : {}) });
}

function resultOf(text: string, type: string, indexUrl: URL): Readonly<Record<string, unknown>> {
  const answer = parseJsonText(text);
  if (isRecord(answer) && answer['type'] === type && isRecord(answer['result'])) return answer['result'];
  throw new PkgsyncError('BAD_RESPONSE', `${redactUrl(indexUrl)} did not answer as devpi does: its ${type} is missing`, {
    hint: 'set server to generic if this is no devpi index',
  });
}
