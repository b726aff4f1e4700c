import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const src = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src');

/** What only a process knows: a library takes it as an argument or does not need it. */
const forbidden = new Set([
  ...['env', 'argv', 'argv0', 'execArgv', 'exit', 'exitCode', 'abort', 'stdin', 'stdout', 'stderr', 'emitWarning', 'on', 'once'],
]);
const modules = new Set(['process', 'node:process', 'console', 'node:console', 'node:readline', 'node:readline/promises']);

/** `line: what` of everything in the text that touches console or process. */
function faultsIn(text: string): readonly string[] {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
  const faults: string[] = [];
  const tell = (node: ts.Node, what: string) => faults.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && modules.has(node.moduleSpecifier.text))
      tell(node, node.moduleSpecifier.text);
    const isOwn = (name: ts.Identifier) => !(ts.isPropertyAccessExpression(name.parent) && name.parent.name === name);
    if (ts.isIdentifier(node) && isOwn(node) && (node.text === 'console' || node.text === 'process')) {
      const { parent } = node;
      const member = ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : undefined;
      // Without a name that can be read here (`const { env } = process`, `process[key]`) nothing can be told, so it is refused.
      if (node.text === 'console' || member === undefined || forbidden.has(member)) tell(node, `${node.text}.${member ?? '?'}`);
    }
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'globalThis') {
      if (node.name.text === 'console' || node.name.text === 'process') tell(node, `globalThis.${node.name.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('cli/'))
  .map((path) => join(src, path));

describe('the library', () => {
  it('touches neither console nor environment nor streams nor the end of the process, anywhere outside src/cli/', () => {
    expect(files.length).toBeGreaterThan(150);
    const faults = files.flatMap((path) => faultsIn(readFileSync(path, 'utf8')).map((fault) => `src/${relative(src, path)}:${fault}`));
    expect(faults).toEqual([]);
  });

  it.each([
    ['console.log(1)', '1: console.log'],
    ['const f = console;', '1: console.?'],
    ['process.env.HOME', '1: process.env'],
    ['\nprocess.exit(1)', '2: process.exit'],
    ['const { env } = process;', '1: process.?'],
    ["process['env']", '1: process.?'],
    ["import { env } from 'node:process';", '1: node:process'],
    ['globalThis.process.env', '1: globalThis.process'],
  ])('would be found out with %j', (text, expected) => {
    expect(faultsIn(text)).toEqual([expected]);
  });

  it.each(['process.pid', 'process.kill(pid, 0)', 'this.process', 'x.console.log'])('is not blamed for %j', (text) => {
    expect(faultsIn(text)).toEqual([]);
  });
});
