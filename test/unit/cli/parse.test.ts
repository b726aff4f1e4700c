import { describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../../src/cli/parse.ts';
import { commandSpecs } from '../../../src/cli/specs/all.ts';
import { thrownBy } from '../../support/thrown.ts';

const parse = (...args: string[]) => parseArguments(args, {}, 80);
const refusal = (...args: string[]) => {
  const error = thrownBy(() => parse(...args));
  expect(error.code).toBe('USAGE');
  return error.message;
};

describe('parseArguments', () => {
  it('takes shared flags before and after the command', () => {
    expect(parse('--offline', '-f', 'x.json', 'plan')?.flags).toMatchObject({ offline: true, manifest: 'x.json' });
    expect(parse('plan', '--offline', '-f', 'x.json')?.flags).toMatchObject({ offline: true, manifest: 'x.json' });
  });

  it('fills in defaults and variables of flags that the command takes', () => {
    const invocation = parseArguments(['plan'], { PKGSYNC_CONCURRENCY: '3', PKGSYNC_EXPECT: 'abc' }, 80);
    expect(invocation?.flags).toMatchObject({ concurrency: 3, manifest: 'pkgsync.json' });
  });

  it('refuses a variable that would approve something, where the command has that flag', () => {
    expect(thrownBy(() => parseArguments(['apply'], { PKGSYNC_YES: 'true' }, 80)).message).toContain('PKGSYNC_YES');
  });

  it('names the command that was meant', () => {
    expect(refusal('aply')).toBe("'aply' is no command: did you mean 'apply'?");
    expect(refusal('zzzzzz')).toBe("'zzzzzz' is no command");
    expect(refusal()).toBe('Name a command: --help lists them.');
  });

  it('names the flag that was meant, among those of the command', () => {
    expect(refusal('plan', '--lockd')).toBe("'--lockd' is no flag of plan: did you mean '--locked'?");
    expect(refusal('lock', '--as-off', '2026-01-01')).toBe("'--as-off' is no flag of lock: did you mean '--as-of'?");
    expect(refusal('show', 'x', '--detailed-exitcode')).toBe("'--detailed-exitcode' is no flag of show");
    expect(refusal('plan', '-x')).toBe("'-x' is no flag of plan");
  });

  it('refuses an argument too many', () => {
    expect(refusal('show', 'a.jsonl', 'b.jsonl')).toBe("show takes no argument 'b.jsonl'");
  });
});

describe('commandSpecs', () => {
  it.each(commandSpecs.map((spec) => [spec.usage, spec] as const))('%s has what help needs', (_usage, spec) => {
    expect(spec.summary).not.toMatch(/\.$/);
    expect(spec.description.length).toBeGreaterThan(0);
    expect(spec.examples.length).toBeGreaterThan(0);
    for (const [command] of spec.examples) expect(command.split(' ')[0]).toBe(spec.usage.split(' ')[0]);
    for (const [name, { describe: text }] of Object.entries(spec.options)) expect([name, typeof text]).toEqual([name, 'string']);
  });

  it.each(commandSpecs.map((spec) => [spec.usage, spec] as const))('%s has examples that parse', (_usage, spec) => {
    for (const [command] of spec.examples) {
      const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      expect(parse(...words)).toBeDefined();
    }
  });
});
