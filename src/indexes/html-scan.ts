import { Parser } from 'htmlparser2';

/** A link of a page: its attributes (lower-case names, entities decoded, the first of two counts) and the text inside it, trimmed. */
export interface Anchor {
  readonly href: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What a page says about itself. */
export interface HtmlFacts {
  /** Target of the first `<base href>`. */
  readonly base?: string | undefined;
  readonly meta: ReadonlyMap<string, string>;
  readonly title: string;
  readonly heading: string;
  readonly hasPasswordField: boolean;
  readonly unfinished?: 'tag' | 'document' | undefined;
}

/** Longer texts of one element serve no purpose here; the rest is dropped. */
const maxText = 1000;

/**
 * Reads HTML as it comes in, with the leniency of browsers: upper case, unquoted attributes, unclosed elements, comments, scripts.
 * Nothing is kept of the page but what is handed out.
 */
export class HtmlScan {
  readonly #onAnchor: (anchor: Anchor) => void;
  readonly #parser: Parser;
  readonly #meta = new Map<string, string>();
  readonly #texts = { title: '', h1: '' };
  #base: string | undefined;
  #anchor: { href: string; attributes: Record<string, string>; text: string } | undefined;
  #within: 'title' | 'h1' | undefined;
  #inTag = false;
  #tail = '';
  #opened = false;
  #closed = false;
  #hasPasswordField = false;

  constructor(onAnchor: (anchor: Anchor) => void) {
    this.#onAnchor = onAnchor;
    this.#parser = new Parser(
      {
        onopentagname: () => (this.#inTag = true),
        onopentag: (name, attributes) => {
          this.#inTag = false;
          this.#open(name, attributes);
        },
        ontext: (text) => this.#text(text),
        onclosetag: (name, implied) => this.#close(name, implied),
      },
      { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
    );
  }

  write(text: string): void {
    this.#parser.write(text);
    this.#tail = (this.#tail + text).slice(-maxText);
  }

  /** Target of the first `<base href>` so far. */
  get base(): string | undefined {
    return this.#base;
  }

  end(): HtmlFacts {
    const inTag = this.#inTag || /<[a-z/!?][^<>]*$/i.test(this.#tail);
    this.#parser.end();
    this.#finishAnchor();
    return {
      base: this.#base,
      meta: this.#meta,
      title: clean(this.#texts.title),
      heading: clean(this.#texts.h1),
      hasPasswordField: this.#hasPasswordField,
      unfinished: inTag ? 'tag' : this.#opened && !this.#closed ? 'document' : undefined,
    };
  }

  #open(name: string, attributes: Record<string, string>): void {
    if (name === 'a') {
      // Anchors do not nest: a second one ends the first, closed or not.
      this.#finishAnchor();
      if (attributes['href'] !== undefined) this.#anchor = { href: attributes['href'], attributes, text: '' };
    } else if (name === 'base') {
      if (attributes['href'] !== undefined) this.#base ??= attributes['href'];
    } else if (name === 'meta') {
      const key = attributes['name']?.trim().toLowerCase();
      if (key !== undefined && !this.#meta.has(key) && attributes['content'] !== undefined) this.#meta.set(key, attributes['content']);
    } else if (name === 'title' || name === 'h1') {
      if (this.#texts[name] === '') this.#within = name;
    } else if (name === 'input') {
      if (attributes['type']?.trim().toLowerCase() === 'password') this.#hasPasswordField = true;
    } else if (name === 'html') {
      this.#opened = true;
    }
  }

  #text(text: string): void {
    if (this.#anchor !== undefined && this.#anchor.text.length < maxText) this.#anchor.text += text;
    if (this.#within !== undefined && this.#texts[this.#within].length < maxText) this.#texts[this.#within] += text;
  }

  #close(name: string, implied: boolean): void {
    if (name === 'a') this.#finishAnchor();
    if (name === this.#within) this.#within = undefined;
    // The parser closes what is open at the end of the text by itself.
    if (!implied && (name === 'html' || name === 'body')) this.#closed = true;
  }

  #finishAnchor(): void {
    const anchor = this.#anchor;
    this.#anchor = undefined;
    if (anchor !== undefined) this.#onAnchor({ ...anchor, text: clean(anchor.text) });
  }
}

function clean(text: string): string {
  return text.slice(0, maxText).replace(/\s+/g, ' ').trim();
}
