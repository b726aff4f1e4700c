import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { askCommand, askKeyring, parseHelperAnswer } from '../../../src/credentials/helper.ts';
import { runHelper, saidOf, type HelperContext } from '../../../src/credentials/run-helper.ts';
import { failureOf } from '../../support/http.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const newFolder = temporaryFolders();
const canary = 'canary-5ecret';
const url = 'https://pypi.corp.example:8443/simple/';
let folder: string;
let context: HelperContext;

beforeEach(async () => {
  folder = await newFolder();
  context = { folder, environment: { PATH: `${folder}:/usr/bin:/bin`, WHO: 'robot' } };
});

/** A real executable that the shell runs. */
async function script(name: string, ...lines: readonly string[]): Promise<string> {
  await writeFile(join(folder, name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return `./${name}`;
}

describe('runHelper', () => {
  it('passes words as they are, the environment and the folder, and no input', async () => {
    const command = await script('helper', 'printf "%s|" "$1" "$2" "$WHO" "$(pwd)" "$(cat)"', 'echo log >&2', 'exit 3');
    const run = await runHelper([command, '$WHO; id', 'two words'], context);
    expect(run).toEqual({ code: 3, stdout: `$WHO; id|two words|robot|${folder}||`, stderr: 'log\n' });
  });

  it.each([
    ['./none', "'./none' is not there"],
    ['none-on-path', "'none-on-path' is not there"],
    ['./plain', "'./plain' cannot be run for credentials (EACCES)"],
    ['nul\0', 'a NUL character'],
  ])('says that %j cannot be run', async (command, sentence) => {
    await writeFile(join(folder, 'plain'), 'no program', { mode: 0o644 });
    expect(await failureOf(runHelper([command, canary], context))).toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining(sentence) as unknown,
    });
  });

  it('ends a helper that takes too long, though a process of it lives on', async () => {
    const command = await script('slow', 'sleep 5 &', 'sleep 5');
    const error = await failureOf(runHelper([command], { ...context, timeout: 100 }));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', message: "'./slow' gave no credentials within 0.1 seconds" });
  });

  it('ends a helper that writes without end', async () => {
    const command = await script('loud', 'yes');
    expect((await failureOf(runHelper([command], context))).message).toContain('wrote more than 65536 bytes');
  });

  it('ends a helper when the run is interrupted', async () => {
    const command = await script('slow', 'exec sleep 5');
    const abort = new AbortController();
    const failure = failureOf(runHelper([command], { ...context, signal: abort.signal }));
    abort.abort();
    expect(await failure).toMatchObject({ code: 'INTERRUPTED' });
    expect(await failureOf(runHelper([command], { ...context, signal: abort.signal }))).toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('saidOf', () => {
  it.each([
    [`got ${canary} from the vault`, 'got *** from the vault'],
    [`open https://ci:hunter2@x.example/`, 'open https://***@x.example/'],
    [`password=hunter2, Token: abc; "secret":"x"`, 'password= ***'],
    [`Authorization: Basic aGk6aG8=`, 'Authorization: ***'],
    ['no such profile\n', 'no such profile'],
  ])('shows %j without secrets', (stderr, said) => {
    const shown = saidOf({ stdout: `${canary}\n`, stderr });
    expect(shown).toContain(said);
    expect(shown).not.toMatch(/canary|hunter2|abc|aGk6/);
  });
});

describe('parseHelperAnswer', () => {
  it.each([
    [' tok-1\n', { password: 'tok-1' }],
    ['two words\r\n', { password: 'two words' }],
    ['{not json', { password: '{not json' }],
    ['{"password":"p"}', { password: 'p' }],
    ['{"username":"u","password":"p\\nq","expires":1}\n', { username: 'u', password: 'p\nq' }],
    ['{"username":null,"password":"p"}', { password: 'p' }],
    ['', 'printed nothing'],
    ['{"token":"canary"}', "printed JSON without a 'password'"],
    ['{"password":""}', "printed JSON without a 'password'"],
    ['Logging in…\ncanary', 'printed more than one line: expected a password, or JSON with username and password'],
  ])('reads %j', (stdout, answer) => {
    expect(parseHelperAnswer(stdout)).toEqual(answer);
  });

  it('never throws', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"password":${json}}`),
    );
    fc.assert(fc.property(text, (stdout) => expect(['string', 'object']).toContain(typeof parseHelperAnswer(stdout))));
  });
});

describe('askCommand', () => {
  it.each([
    [`echo ${canary}`, undefined, { username: '__token__', password: canary }],
    [`echo ${canary}`, 'ci', { username: 'ci', password: canary }],
    [`echo '{"username":"u","password":"p"}'`, 'ci', { username: 'u', password: 'p' }],
  ])('takes what %j prints', async (line, username, credential) => {
    const command = await script('helper', line);
    expect(await askCommand([command], { url, username }, context)).toEqual(credential);
  });

  it.each([
    [`echo ${canary}; echo "vault: ${canary} expired" >&2; exit 2`, 'ended with exit code 2: vault: *** expired'],
    [`kill -9 $$`, 'was ended by a signal'],
    [`echo ${canary}; echo ${canary}`, 'printed more than one line'],
    ['exit 0', 'printed nothing'],
  ])('refuses %j and shows no secret', async (line, sentence) => {
    const command = await script('helper', line);
    const error = await failureOf(askCommand([command, canary], { url: 'https://u:canary@x.example/' }, context));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringContaining(sentence) as unknown });
    expect(error.message + String(error.hint) + String(error.cause)).not.toContain('canary');
  });
});

describe('askKeyring', () => {
  /** Version 25.2.1 and later. */
  const modern = (service: string) => [
    `[ "$1 $2 $3" = "--mode=creds --output=json get" ] && [ "$PYTHONIOENCODING" = utf-8 ] || exit 9`,
    `[ "$4" = "${service}" ] || exit 1`,
    `printf '{"username": "%s", "password": "${canary}"}' "\${5-from-keyring}"`,
  ];
  const old = [
    `case "$1" in --*) echo "keyring: error: unrecognized arguments: $1 $2" >&2; exit 2;; esac`,
    `[ "$1 $2 $3" = "get ${url} ci" ] && echo ${canary}`,
  ];

  it.each([
    ['the URL', url, true, undefined, 'from-keyring'],
    ['the URL for a user', url, true, 'ci', 'ci'],
    ['the host where the URL has nothing', 'pypi.corp.example:8443', true, undefined, 'from-keyring'],
    ['a name', 'corp-index', 'corp-index', 'ci', 'ci'],
  ] as const)('asks for %s', async (_, has, service, username, expected) => {
    await script('keyring', ...modern(has));
    expect(await askKeyring(service, { url, username }, context)).toEqual({ username: expected, password: canary });
  });

  it('asks an old keyring for the password of a user', async () => {
    await script('keyring', ...old);
    expect(await askKeyring(true, { url, username: 'ci' }, context)).toEqual({ username: 'ci', password: canary });
    expect(await failureOf(askKeyring(true, { url }, context))).toMatchObject({
      code: 'UNAUTHORIZED',
      hint: "upgrade it to 25.2.1 or later, or write 'username' beside 'keyring'",
    });
  });

  it('says what is missing', async () => {
    await script('keyring', ...modern('other'), '');
    expect((await failureOf(askKeyring('corp', { url, username: 'ci' }, context))).message).toBe(
      "the keyring has no password of ci for https://pypi.corp.example:8443/simple/, under the name 'corp'",
    );
    await script('keyring', 'echo "No recommended backend was available." >&2', 'exit 1');
    expect((await failureOf(askKeyring(true, { url }, context))).message).toBe(
      'the keyring has no password for https://pypi.corp.example:8443/simple/: No recommended backend was available.',
    );
    const empty = { folder, environment: { PATH: '/nonexistent' } };
    expect((await failureOf(askKeyring(true, { url }, empty))).message).toContain("'keyring' is not there");
  });
});
