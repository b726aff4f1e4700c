import { listingWaits } from '../../src/apply/listing-waits.ts';
import { servers } from '../../src/destinations/servers/all.ts';
import type { Server } from '../../src/destinations/servers/profile.ts';
import { usualSimpleUrl } from '../../src/destinations/servers/urls.ts';

export const markers = { begin: '<!-- servers: begin, written by npm run docs:servers -->', end: '<!-- servers: end -->' } as const;

/** The table of all kinds of server, from their profiles. */
export function serversTable(): string {
  const header = [
    '`server`',
    'upload URL',
    'simple API',
    'found by',
    'register',
    'remove',
    'replace',
    'may overwrite',
    'listed within',
    'checked',
  ];
  const rows = [header, header.map(() => '---'), ...Object.values(servers).map(row)];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The text with the table between its markers replaced. */
export function withTable(text: string): string {
  const begin = text.indexOf(markers.begin);
  const end = text.indexOf(markers.end);
  if (begin < 0 || end < begin) throw new Error(`the markers ${markers.begin} and ${markers.end} are missing`);
  return `${text.slice(0, begin)}${markers.begin}\n\n${serversTable()}\n\n${text.slice(end)}`;
}

function row(server: Server): readonly string[] {
  const { kind, title, example, traits, words = {}, checked } = server;
  const url = new URL(example);
  const found = [server.matches === undefined ? [] : 'URL', server.recognises === undefined ? [] : 'answer'].flat().join(', ');
  const patience = listingWaits(traits).reduce((sum, wait) => sum + wait, 0) / 1000;
  return [
    kind === 'generic' ? '`generic`' : `\`${kind}\`: ${title}`,
    shown(example),
    simpleApi(url, server.simpleUrl(url)),
    found === '' ? 'nothing else' : found,
    { done: 'a `submit` form', 'not-needed': 'with the first file', unsupported: 'no' }[traits.register],
    words.remove ?? (traits.canRemove ? 'files' : 'no'),
    words.replace ?? (traits.canReplace ? 'yes' : 'no'),
    words.overwrites ?? (traits.overwritesSilently ? 'yes' : 'no'),
    `${patience} s`,
    checked === 'product' ? '**product**' : 'documentation',
  ];
}

/** A service's own host says nothing that its title does not. */
function shown(address: string): string {
  const { hostname, pathname } = new URL(address);
  return hostname.endsWith('.example') || hostname.endsWith('pypi.org') ? `\`${address}\`` : `\`…${pathname}\``;
}

function simpleApi(url: URL, simple: URL): string {
  if (simple.origin !== url.origin) return shown(simple.href);
  if (simple.href === `${url.href.replace(/\/$/, '')}/simple/`) return '`simple/` below';
  if (simple.href === usualSimpleUrl(url).href || simple.href === new URL('../simple/', url).href) return '`simple/` beside';
  return `\`${simple.href.slice(url.href.length)}\` below`;
}
