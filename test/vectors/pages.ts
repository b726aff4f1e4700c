import { isPkgsyncError } from '../../src/errors.ts';
import { parseHtmlPage } from '../../src/indexes/parse-html.ts';
import { parseJsonPage } from '../../src/indexes/parse-json.ts';
import { parseRootHtml } from '../../src/indexes/parse-root-html.ts';
import { parseRootJson } from '../../src/indexes/parse-root-json.ts';
import type { IndexPage } from '../../src/indexes/index-page.ts';
import { bytesOf, expectedReading, readingOf, type PageVector } from '../support/page-vectors.ts';
import { comparison, type Comparison, type Comparisons } from './comparison.ts';

interface RobustVector extends PageVector {
  readonly must_list: readonly string[];
  readonly may_reject_page: boolean;
  readonly must_reject_page: boolean;
}

const html = (vector: PageVector): IndexPage => parseHtmlPage(bytesOf(vector), { url: vector.url, contentType: vector.content_type });
const json = (vector: PageVector): IndexPage => parseJsonPage(bytesOf(vector).toString('utf8'), { url: vector.url });

export const simpleHtml: Comparisons = () => ({
  page: pageComparison(html),
  nasty: pageComparison(html),
  root: comparison<PageVector>(
    async (vector) => (await parseRootHtml(pieces(bytesOf(vector)), { url: vector.url, contentType: vector.content_type })).names,
    ({ projects }) => projects,
  ),
});

export const simpleJson: Comparisons = () => ({
  page: pageComparison(json),
  nasty: pageComparison(json),
  root: comparison<PageVector>(
    async (vector) => (await parseRootJson(pieces(bytesOf(vector)), { url: vector.url })).names,
    ({ projects }) => projects,
  ),
  robust: comparison<RobustVector>(robustness, () => 'fine'),
});

/** Links, and whatever the case says of the page as a whole. */
function pageComparison(read: (vector: PageVector) => IndexPage): Comparison {
  return comparison<PageVector>(
    (vector) => {
      const page = read(vector);
      const facts = { name: page.name, versions: page.versions ?? null, api_version: page.apiVersion, project_status: page.status.status };
      const said = Object.entries(facts).filter(([field]) => Object.hasOwn(vector, field));
      return { files: readingOf(page, vector), ...Object.fromEntries(said) };
    },
    (vector) => {
      const said = Object.entries(vector).filter(([field]) => ['name', 'versions', 'api_version', 'project_status'].includes(field));
      return { files: expectedReading(vector), ...Object.fromEntries(said) };
    },
  );
}

/** Project lists come in chunks; these are small, so that seams are met. */
function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 1000) yield bytes.subarray(start, start + 1000);
}

function robustness(vector: RobustVector): string {
  try {
    const listed = new Set(json(vector).links.map(({ filename }) => filename));
    if (vector.must_reject_page) return 'it passed';
    return vector.must_list.every((filename) => listed.has(filename)) ? 'fine' : 'files are missing';
  } catch (error) {
    if (!isPkgsyncError(error, 'BAD_RESPONSE')) throw error;
    return vector.may_reject_page ? 'fine' : 'it was refused';
  }
}
