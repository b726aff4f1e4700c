import { createHash } from 'node:crypto';

/** A file for the builders of pages below. */
export interface PageFile {
  readonly filename: string;
  readonly content?: string;
  /** Default: the filename, relative to the page. */
  readonly href?: string;
  readonly yanked?: string;
  readonly requiresPython?: string;
  readonly companion?: boolean;
}

export const jsonType = 'application/vnd.pypi.simple.v1+json';

export function sha256Of(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A project page as PyPI writes it in JSON. */
export function jsonPage(name: string, files: readonly PageFile[], more: object = {}): string {
  const entries = files.map(({ filename, content = filename, href = filename, yanked, requiresPython, companion = false }) => ({
    'core-metadata': companion,
    filename,
    hashes: { sha256: sha256Of(content) },
    'requires-python': requiresPython ?? null,
    size: Buffer.byteLength(content),
    'upload-time': '2024-01-02T03:04:05.678901Z',
    url: href,
    yanked: yanked ?? false,
  }));
  return JSON.stringify({ files: entries, meta: { 'api-version': '1.4' }, name, versions: [], ...more });
}

/** A project page as pypiserver writes it. */
export function htmlPage(name: string, files: readonly PageFile[]): string {
  const links = files.map(
    ({ filename, content = filename, href = filename }) => `<a href="${href}#sha256=${sha256Of(content)}">${filename}</a><br>`,
  );
  return `<!DOCTYPE html>\n<html>\n<head><title>Links for ${name}</title></head>\n<body>\n<h1>Links for ${name}</h1>\n${links.join('\n')}\n</body>\n</html>\n`;
}

export function jsonList(names: readonly string[]): string {
  return JSON.stringify({ meta: { 'api-version': '1.4' }, projects: names.map((name) => ({ name })) });
}

export function htmlList(names: readonly string[]): string {
  const links = names.map((name) => `<a href="${name}/">${name}</a><br>`);
  return `<!DOCTYPE html>\n<html>\n<head><title>Simple Index</title></head>\n<body>\n<h1>Simple Index</h1>\n${links.join('\n')}\n</body>\n</html>\n`;
}
