import { join } from 'node:path';

import { projectFolder, type Tools } from './python.ts';
import { must } from './run.ts';

/** What oracle.py is asked; the other fields depend on the kind. */
export interface Question {
  readonly kind: 'version' | 'order' | 'specifier' | 'requirement' | 'wheel' | 'sdist' | 'metadata' | 'fields' | 'archive';
}

/** Asks packaging and pkginfo, all at once; the answers are in the order of the questions. */
export async function askOracle(tools: Tools, questions: readonly Question[]): Promise<readonly Record<string, unknown>[]> {
  const script = join(projectFolder, 'test', 'interop', 'support', 'oracle.py');
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  // Without -I and with the machine's locale JSON might not be UTF-8.
  const { stdout } = await must(tools.python, ['-I', '-X', 'utf8', script], { input });
  const answers = stdout.split('\n').filter((line) => line !== '');
  if (answers.length !== questions.length) throw new Error(`${questions.length} questions, but ${answers.length} answers`);
  return answers.map((answer) => JSON.parse(answer) as Record<string, unknown>);
}
