/*
 * The real tool on an index of its own making, in a folder of its own: nothing else on the machine is read or written, nothing is sent.
 * Run with `npm run demo`, or `node examples/demo/demo.mjs FOLDER` for another folder (which must be new or a former demo's).
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { styleText } from 'node:util';

import { makeIndex } from './index.mjs';

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const cli = join(project, 'dist', 'cli', 'bin.js');
const folder = resolve(process.argv[2] ?? join(project, '.cache', 'demo'));
const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;

const manifest = {
  manifestVersion: 1,
  source: './upstream',
  destination: './mirror',
  targets: { servers: { python: '3.12', platform: 'manylinux_2_28_x86_64' } },
  packages: {
    'acme-clock': { latest: 2 },
    'acme-greeter': { version: '>=1.1', dependencies: true },
    'acme-legacy': '*',
    'acme-native': { targets: ['servers'] },
  },
};

/** @param {string} text */
function heading(text) {
  console.log(`\n${color ? styleText('bold', text) : text}\n`);
}

/** Ends the demo: something did not go as it must. */
class DemoFailed extends Error {}

/**
 * Prints a command, runs it, prints what it prints, and insists on its exit code.
 * @param {readonly string[]} args
 * @param {number} expected
 * @returns {Promise<string>} all that it printed
 */
async function pkgsync(args, expected) {
  const command = ['pkgsync', ...args].join(' ');
  console.log(color ? styleText('cyan', `$ ${command}`) : `$ ${command}`);
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { ...process.env, ...(color ? { FORCE_COLOR: '1' } : {}) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
      process.stdout.write(text);
    });
  }
  const code = await new Promise((done, failed) => child.on('error', failed).on('close', done));
  console.log(`(exit ${code})\n`);
  if (code !== expected) throw new DemoFailed(`'${command}' was expected to exit with ${expected}`);
  return printed;
}

/** A former demo's folder is made anew; anything else that stands there is left alone. */
function prepareFolder() {
  const marker = join(folder, '.pkgsync-demo');
  if (existsSync(folder) && !existsSync(marker)) throw new DemoFailed(`${folder} exists and is no former demo's folder: name another one`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(marker, 'Made by the demo of pkgsync; it may be deleted.\n');
}

async function demo() {
  if (!existsSync(cli)) throw new DemoFailed(`${relative(process.cwd(), cli)} is missing: run 'npm run build' first`);
  prepareFolder();
  const made = makeIndex(join(folder, 'upstream'));
  writeFileSync(join(folder, 'pkgsync.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  console.log(`Working in ${folder}`);
  console.log(
    `upstream/ is a small index made just now: ${made.projects} projects, ${made.files} files (wheels, sdists, a pre-release, a yanked release).`,
  );

  heading('1. pkgsync.json says what the index in mirror/ must hold');
  console.log(readFileSync(join(folder, 'pkgsync.json'), 'utf8'));
  await pkgsync(['validate'], 0);

  heading('2. What would change?');
  await pkgsync(['plan'], 0);

  heading('3. Do it');
  await pkgsync(['apply', '--yes'], 0);

  heading('4. Nothing is left to do (with --detailed-exitcode a difference would exit with 2)');
  await pkgsync(['plan', '--detailed-exitcode'], 0);

  heading('5. Somebody breaks one file of the mirror and loses another: drift finds both');
  const broken = join(folder, 'mirror', 'packages', 'acme-greeter', 'acme_greeter-2.0-py3-none-any.whl');
  const lost = join(folder, 'mirror', 'packages', 'acme-clock', 'acme_clock-2026.1-py3-none-any.whl');
  const bytes = readFileSync(broken);
  bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60);
  writeFileSync(broken, bytes);
  rmSync(lost);
  console.log(`(one bit of ${relative(folder, broken)} was flipped, ${relative(folder, lost)} was deleted)\n`);
  const drift = await pkgsync(['drift'], 2);
  for (const filename of ['acme_greeter-2.0-py3-none-any.whl', 'acme_clock-2026.1-py3-none-any.whl']) {
    if (!drift.includes(filename)) throw new DemoFailed(`drift did not name ${filename}`);
  }

  heading('6. Mend it: the broken file is taken away by hand (pkgsync overwrites nothing unasked), then apply again');
  rmSync(broken);
  await pkgsync(['apply', '--locked', '--yes'], 0);
  await pkgsync(['drift'], 0);

  heading('Install from the result');
  console.log(`pip install --index-url ${pathToFileURL(join(folder, 'mirror', 'simple')).href} acme-greeter && python -m acme_greeter\n`);
}

try {
  await demo();
} catch (error) {
  if (!(error instanceof DemoFailed)) throw error;
  console.error(`The demo failed: ${error.message}.`);
  process.exitCode = 1;
}
