import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  encodePathSegment,
  renderProjectHtml,
  renderProjectJson,
  renderRootHtml,
  renderRootJson,
} from '../../../src/destinations/render-page.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { hex, page, pageFile } from '../../support/page-builders.ts';

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/directory-pages/${name}`, import.meta.url), 'utf8');

/** One of everything that a page can say. */
const everything = page(
  'my-pkg',
  pageFile('my_pkg-1.0.tar.gz', { size: 1234 }),
  pageFile('my_pkg-1.0-py3-none-any.whl', {
    hashes: { md5: hex('1', 32), sha256: hex('b') },
    requiresPython: '>=3.8,<4',
    uploadTime: '2024-02-29T12:34:56.123456Z',
    coreMetadata: { sha256: hex('c') },
  }),
  pageFile('my_pkg-1!2.0+local.1-py3-none-any.whl', { coreMetadata: {}, yanked: { reason: 'says "no" & <never>\nagain' } }),
  pageFile('my_pkg-0.9.tar.gz', { hashes: { md5: hex('2', 32) }, yanked: { reason: '' } }),
  pageFile('my_pkg-0.8.tar.gz', { hashes: {} }),
);

describe('renderProjectHtml', () => {
  it('renders everything that a page can say', () => {
    expect(renderProjectHtml(everything)).toBe(fixture('my-pkg.html'));
  });

  it('renders a project without files', () => {
    expect(renderProjectHtml(page('empty'))).toBe(fixture('empty.html'));
  });

  it('percent-encodes what a URL would read otherwise, and escapes what HTML would', () => {
    const html = renderProjectHtml(page('a', pageFile('a-1+x&y.zip', { version: '1' }), pageFile("a-1%2F'#?.zip", { version: '1' })));
    expect(html).toContain('href="../../packages/a/a-1%2Bx%26y.zip#sha256=');
    expect(html).toContain('>a-1+x&amp;y.zip</a>');
    expect(html).toContain('href="../../packages/a/a-1%252F%27%23%3F.zip#sha256=');
    expect(html).toContain('>a-1%2F&#39;#?.zip</a>');
  });

  it('prefers sha256 over a stronger digest, and leaves the fragment out where no digest is known', () => {
    const html = renderProjectHtml(
      page('a', pageFile('a-1.zip', { hashes: { sha512: hex('5', 128), sha256: hex('6') } }), pageFile('a-2.zip', { hashes: {} })),
    );
    expect(html).toContain(`a-1.zip#sha256=${hex('6')}"`);
    expect(html).toContain('a-2.zip">');
  });

  it('keeps one link a line whatever the reason of a yank contains', () => {
    const html = renderProjectHtml(page('a', pageFile('a-1.zip', { yanked: { reason: '\r\n"><script>\0\ud800' } })));
    expect(html).toContain('data-yanked="&#13;&#10;&quot;&gt;&lt;script&gt;\ufffd\ufffd">');
  });
});

describe('renderProjectJson', () => {
  it('renders everything that a page can say', () => {
    expect(renderProjectJson(everything)).toBe(fixture('my-pkg.v1_json'));
  });

  it('renders a project without files', () => {
    expect(renderProjectJson(page('empty'))).toBe(fixture('empty.v1_json'));
  });

  it('never writes the key of before PEP 714', () => {
    expect(renderProjectJson(everything)).not.toContain('dist-info-metadata');
  });

  it('gives digests in one order whatever the order they came in', () => {
    const one = page('a', pageFile('a-1.zip', { hashes: { md5: hex('1', 32), sha1: hex('2', 40) } }));
    const other = page('a', pageFile('a-1.zip', { hashes: { sha1: hex('2', 40), md5: hex('1', 32) } }));
    expect(renderProjectJson(one)).toBe(renderProjectJson(other));
  });
});

describe('the list of all projects', () => {
  const names = ['a', 'zope-interface'].map(normalizeName);

  it('is rendered in HTML', () => {
    expect([...renderRootHtml(names)].join('')).toBe(fixture('root.html'));
  });

  it('is rendered in JSON', () => {
    expect([...renderRootJson(names)].join('')).toBe(fixture('root.v1_json'));
  });

  it('is valid JSON without projects', () => {
    expect(JSON.parse([...renderRootJson([])].join(''))).toEqual({ meta: { 'api-version': '1.1' }, projects: [] });
  });
});

describe('encodePathSegment', () => {
  it('leaves nothing but unreserved characters', () => {
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
    expect(encodePathSegment(ascii).replace(/%[0-9A-F]{2}/g, '')).toBe(
      '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~',
    );
    expect(decodeURIComponent(encodePathSegment(ascii))).toBe(ascii);
  });
});
