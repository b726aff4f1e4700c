import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A piece of code that the documentation shows. */
export interface Snippet {
  /** `README.md:73` */
  readonly place: string;
  readonly text: string;
  /** As files are called: `.ts`, `.mjs`. */
  readonly extension: '.ts' | '.mjs';
}

/** Every snippet of README and docs in JavaScript or TypeScript, and every file of examples/library. Each stands by itself. */
export function allSnippets(): readonly Snippet[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const pages = ['README.md', ...docs.map((name) => `docs/${name}`)];
  const examples = readdirSync(join(root, 'examples/library')).map((name) => `examples/library/${name}`);
  return [
    ...pages.flatMap((page) => snippetsIn(readFileSync(join(root, page), 'utf8'), page)),
    ...examples.map((path): Snippet => {
      const extension = /\.m?js$/.test(path) ? '.mjs' : '.ts';
      return { place: path, text: readFileSync(join(root, path), 'utf8'), extension };
    }),
  ];
}

const languages: Readonly<Record<string, Snippet['extension']>> = {
  ts: '.ts',
  typescript: '.ts',
  js: '.mjs',
  mjs: '.mjs',
  javascript: '.mjs',
};

/** Fenced blocks of a Markdown page, indented ones too. */
export function snippetsIn(markdown: string, page: string): readonly Snippet[] {
  const found: Snippet[] = [];
  let open: { readonly line: number; readonly extension: Snippet['extension'] | undefined; readonly lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, language] = /^\s*```(\w*)/.exec(line) ?? [];
    if (language === undefined) open?.lines.push(line);
    else if (open === undefined) open = { line: index + 1, extension: languages[language.toLowerCase()], lines: [] };
    else {
      if (open.extension !== undefined)
        found.push({ place: `${page}:${open.line}`, text: `${open.lines.join('\n')}\n`, extension: open.extension });
      open = undefined;
    }
  }
  return found;
}

/**
 * The snippet with every URL replaced by what stands for it here: text for text, nothing else.
 * @throws Error naming a URL that nothing stands for: a snippet reaches nobody else
 */
export function substituted({ place, text }: Snippet, standIns: Readonly<Record<string, string>>): string {
  const addresses = Object.entries(standIns).sort(([a], [b]) => b.length - a.length);
  return text.replace(/https?:\/\/[^\s'"`)>]+/g, (url) => {
    const found = addresses.find(([address]) => url.startsWith(address));
    if (found === undefined) throw new Error(`${place}: nothing stands for ${url}: add it to the table of the test`);
    return found[1] + url.slice(found[0].length);
  });
}

/** What the compiler says of these files, under the options of this project. */
export function typeProblems(files: readonly string[]): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(files, { ...options, noEmit: true, noUnusedLocals: false });
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line =
      file === undefined || start === undefined ? '' : `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}: `;
    return `${line}${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

/** JavaScript of a snippet, types stripped. */
export function javascriptOf(text: string): string {
  return ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } }).outputText;
}
