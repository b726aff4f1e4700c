import { describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../../src/cli/parse.ts';
import { nameOf } from '../../../src/cli/command.ts';
import type { Flag } from '../../../src/cli/flag.ts';
import { optionGroups } from '../../../src/cli/options.ts';
import { commandSpecs } from '../../../src/cli/specs/all.ts';
import { thrownBy } from '../../support/thrown.ts';

const parse = (...args: string[]) => parseArguments(args, {});
const refusal = (...args: string[]) => {
  const error = thrownBy(() => parse(...args));
  expect(error.code).toBe('USAGE');
  return error.message;
};

describe('parseArguments', () => {
  it('takes shared flags before and after the command', () => {
    expect(parse('--offline', '-f', 'x.json', 'plan').flags).toMatchObject({ offline: true, manifest: 'x.json' });
    expect(parse('plan', '--offline', '-f', 'x.json').flags).toMatchObject({ offline: true, manifest: 'x.json' });
  });

  it('fills in defaults and variables of flags that the command takes', () => {
    const invocation = parseArguments(['plan'], { PKGSYNC_CONCURRENCY: '3', PKGSYNC_EXPECT: 'abc' });
    expect(invocation.flags).toMatchObject({ concurrency: 3, manifest: 'pkgsync.json' });
  });

  it('refuses a variable that would approve something, where the command has that flag', () => {
    expect(thrownBy(() => parseArguments(['apply'], { PKGSYNC_YES: 'true' })).message).toContain('PKGSYNC_YES');
  });

  it('names the command that was meant', () => {
    expect(refusal('aply')).toBe("'aply' is no command: did you mean 'apply'?");
    expect(refusal('zzzzzz')).toBe("'zzzzzz' is no command");
  });

  it('names the flag that was meant, among those of the command', () => {
    expect(refusal('plan', '--lockd')).toBe("'--lockd' is no flag of plan: did you mean '--locked'?");
    expect(refusal('lock', '--as-off', '2026-01-01')).toBe("'--as-off' is no flag of lock: did you mean '--as-of'?");
    expect(refusal('show', 'x', '--detailed-exitcode')).toBe("'--detailed-exitcode' is no flag of show");
    expect(refusal('plan', '-x')).toBe("'-x' is no flag of plan");
  });

  it('takes help, the version and nothing at all for no command', () => {
    for (const args of [[], ['--help'], ['-h'], ['plan', '-h'], ['--version'], ['plan', '-V'], ['upload', '--help']])
      expect(parse(...args).command).toBeUndefined();
    expect(parse('help', 'plan').command?.usage).toBe('help [command]');
  });

  it('names the switch that was to be turned off', () => {
    expect(refusal('plan', '--no-progess')).toBe("'--no-progess' is no flag of plan: did you mean '--no-progress'?");
    expect(refusal('list', 'a', '--nope')).toBe("'--nope' is no flag of list");
    expect(refusal('plan', '--no-manifest')).toBe("'--no-manifest': --manifest takes a value and is no switch");
    expect(parse('plan', '--no-progress').progress).toBe(false);
  });

  it('names the choice that was meant, also in a variable', () => {
    expect(refusal('plan', '--color', 'alwys')).toBe("--color 'alwys': expected auto, always or never; did you mean 'always'?");
    expect(refusal('upload', 'f', '--server', 'devpy')).toContain("did you mean 'devpi'?");
    expect(refusal('drift', '--fail-on', 'newer-relase')).toContain("did you mean 'newer-release'?");
    expect(refusal('completion', 'fsh')).toContain('expected bash, zsh or fish');
    expect(thrownBy(() => parseArguments(['plan'], { PKGSYNC_COLOR: 'alwys' })).message).toContain("PKGSYNC_COLOR 'alwys'");
  });

  it('refuses a number that is none, and takes one that is', () => {
    expect(refusal('plan', '--concurrency', 'many')).toBe("--concurrency 'many': expected a number");
    expect(refusal('list', 'a', '--latest', '0x10')).toContain('expected a number');
    expect(parse('list', 'a', '--latest', '3', '--concurrency=7').flags).toMatchObject({ latest: 3, concurrency: 7 });
  });

  it('says what is missing', () => {
    expect(refusal('plan', '-f')).toBe('--manifest needs a value: FILE');
    expect(refusal('plan', '--color')).toBe('--color needs a value: auto, always or never');
    expect(refusal('sync', 'a')).toBe('sync needs --destination-url');
    expect(refusal('list')).toMatch(/^list needs SPECS: Requirements/);
    expect(refusal('show')).toMatch(/^show needs PLAN: /);
  });

  it('says the same whatever language the environment asks for', () => {
    const before = process.env['LC_ALL'];
    process.env['LC_ALL'] = 'de_DE.UTF-8';
    try {
      expect(refusal('plan', '--lockd')).toContain("did you mean '--locked'?");
    } finally {
      if (before === undefined) delete process.env['LC_ALL'];
      else process.env['LC_ALL'] = before;
    }
  });

  it.each(
    commandSpecs.flatMap((spec) =>
      Object.entries({ ...spec.options, ...Object.assign({}, ...spec.groups.map((group) => optionGroups[group].options)) } as Record<
        string,
        Flag
      >)
        .filter(([, { type, requiresArg }]) => type !== 'boolean' && type !== 'array' && requiresArg === true)
        .flatMap(([name, { alias }]) => [name, ...[alias ?? []].flat()].map((other) => [nameOf(spec), other, name] as const)),
    ),
  )('refuses that %s is given --%s beside --%s', (command, other, name) => {
    const written = other.length === 1 ? `-${other}` : `--${other}`;
    const needed = command === 'sync' && name !== 'destination-url' ? ['--destination-url', 'd'] : [];
    const spec = commandSpecs.find((each) => nameOf(each) === command);
    const words = Object.values(spec?.positionals ?? {}).some(({ demandOption }) => demandOption === true) ? ['word'] : [];
    expect(refusal(command, ...words, ...needed, `--${name}`, '1', written, '2')).toBe(`--${name} is given 2 times, and takes one value`);
  });

  it.each([
    ['plan', '--pasword', 'hunter2'],
    ['plan', '--pasword=hunter2'],
    ['plan', '-phunter2'],
    ['plan', '-p', 'hunter2'],
    ['--pasword', 'hunter2', 'plan'],
    ['-p', 'hunter2', 'plan'],
    ['--destination-password', 'hunter2', 'nothing'],
    ['upload', 'f', '-p', 'hunter2', '-p', 'hunter2'],
    ['upload', 'f', '--password=hunter2', '-p', 'x'],
    ['upload', '-p', 'hunter2'],
    ['sync', '--destination-password', 'hunter2', 'a'],
    ['sync', '--no-destination-password', 'a', '--destination-url', 'x'],
    ['plan', 'https://user:hunter2@pypi.example/'],
    ['plan', '--color', 'https://user:hunter2@pypi.example/'],
  ])('never shows the secret in %j', (...args) => {
    const error = thrownBy(() => parse(...args));
    expect(error.code).toBe('USAGE');
    expect(`${error.message} ${error.hint ?? ''} ${error.problems.join(' ')}`).not.toContain('hunter2');
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
    expect(spec.json).toMatch(/\w+ (?:line|lines)|lines of/);
    expect(spec.exits).toBeDefined();
    for (const [name, { type, value, choices }] of Object.entries(spec.options))
      expect([name, value !== undefined || choices !== undefined]).toEqual([name, type !== 'boolean']);
    for (const [command] of spec.examples) expect(command.split(' ')[0]).toBe(spec.usage.split(' ')[0]);
    for (const [name, { describe: text }] of Object.entries(spec.options)) expect([name, typeof text]).toEqual([name, 'string']);
  });

  it.each(commandSpecs.map((spec) => [spec.usage, spec] as const))('%s has examples that parse', (_usage, spec) => {
    for (const [command] of spec.examples) {
      // What the shell takes for itself.
      const line = command.replace(/ (?:>>?|\|) .*$/, '');
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      expect(parse(...words).command).toBe(spec);
    }
  });
});
