import type { HtmlFacts } from './html-scan.ts';

/** The content type that says it all. */
const simpleHtml = /^application\/vnd\.pypi\.simple\.[\w.]+\+html\b/i;

/** Titles and headings of project pages: "Links for x" (PyPI, pypiserver, Nexus, GitLab, Gitea, bandersnatch), "root/dev: links for x" (devpi). */
const projectTitle = /^(?:[^:]{0,200}: )?links for\b/i;

/** Titles and headings of project lists, on Artifactory of project pages too: "Simple index", "root/dev: simple list (…)" (devpi). */
const indexTitle = /^(?:[^:]{0,200}: )?simple (?:package )?(?:index|list)\b/i;

/** Titles of directory listings: nginx, Apache, Python's http.server. */
const listingTitle = /^(?:index of|directory listing for)\b/i;

/**
 * Whether a page says of itself that it belongs to a simple index: by its content type, its repository version, or its title or heading. Only such
 * a page may be empty: any other page without usable links is somebody's error message, login form or landing page.
 */
export function isDeclaredIndex(facts: HtmlFacts, contentType: string | undefined): boolean {
  return declaresFormat(facts, contentType) || titled(facts, projectTitle) || titled(facts, indexTitle);
}

/** The same for a project list, which a page titled as a project's is not. */
export function isDeclaredList(facts: HtmlFacts, contentType: string | undefined): boolean {
  return (declaresFormat(facts, contentType) || titled(facts, indexTitle)) && !titled(facts, projectTitle);
}

export function isDirectoryListing(facts: HtmlFacts): boolean {
  return titled(facts, listingTitle);
}

/** Whether a page is only the beginning of one. That it never closes its document shows nothing where the protocol vouches for its length. */
export function isCutOff({ unfinished }: Pick<HtmlFacts, 'unfinished'>, framed = true): boolean {
  return unfinished === 'tag' || (unfinished === 'document' && !framed);
}

function declaresFormat(facts: HtmlFacts, contentType: string | undefined): boolean {
  return simpleHtml.test(contentType?.trim() ?? '') || facts.meta.has('pypi:repository-version');
}

function titled(facts: HtmlFacts, pattern: RegExp): boolean {
  return pattern.test(facts.title) || pattern.test(facts.heading);
}
