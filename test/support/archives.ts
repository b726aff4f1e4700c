import { createHash } from 'node:crypto';
import { tarBytes, tarGzBytes } from './tar-bytes.ts';
import { zipBytes } from './zip-bytes.ts';

/** What a distribution says about itself; the rest has defaults that installers accept. */
export interface DistributionInput {
  /** As spelled in the metadata; filenames get the form that the formats ask for. */
  readonly name: string;
  readonly version: string;
  readonly requiresPython?: string;
  readonly requiresDist?: readonly string[];
  readonly providesExtra?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly metadataVersion?: string;
  /** More headers, each a whole line. */
  readonly headers?: readonly string[];
  /** More files by path. In source distributions paths are below the top folder. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** METADATA or PKG-INFO as a whole in place of what the other fields make; false leaves it out. */
  readonly metadata?: string | Uint8Array | false;
}

export interface WheelInput extends DistributionInput {
  readonly pyTag?: string;
  readonly abi?: string;
  readonly platform?: string;
  readonly build?: string;
}

export interface SdistInput extends DistributionInput {
  readonly extension?: '.tar.gz' | '.tgz' | '.tar' | '.zip';
  /** In place of the name that PEP 625 asks for. */
  readonly filename?: string;
}

/** A distribution file: its name on an index and its bytes, the same on every machine. */
export interface BuiltFile {
  readonly filename: string;
  readonly bytes: Buffer;
}

/** METADATA or PKG-INFO. */
export function metadataText(input: DistributionInput): string {
  const headers = [
    `Metadata-Version: ${input.metadataVersion ?? '2.1'}`,
    `Name: ${input.name}`,
    `Version: ${input.version}`,
    ...(input.summary === undefined ? [] : [`Summary: ${input.summary}`]),
    ...(input.requiresPython === undefined ? [] : [`Requires-Python: ${input.requiresPython}`]),
    ...(input.providesExtra ?? []).map((extra) => `Provides-Extra: ${extra}`),
    ...(input.requiresDist ?? []).map((requirement) => `Requires-Dist: ${requirement}`),
    ...(input.headers ?? []),
  ];
  return `${headers.join('\n')}\n${input.description === undefined ? '' : `\n${input.description}`}`;
}

/** A wheel that installers accept: a module, METADATA, WHEEL and RECORD. */
export function wheelBytes(input: WheelInput): BuiltFile {
  const { pyTag = 'py3', abi = 'none', platform = 'any', build } = input;
  const distribution = escaped(input.name);
  const version = input.version.replace(/-/g, '_');
  const folder = `${distribution}-${version}.dist-info`;
  const tags = pyTag
    .split('.')
    .flatMap((py) => abi.split('.').flatMap((a) => platform.split('.').map((plat) => `Tag: ${py}-${a}-${plat}`)));
  const wheel = ['Wheel-Version: 1.0', 'Generator: test', `Root-Is-Purelib: ${String(platform === 'any')}`, ...tags];
  const content = [
    ...moduleFiles(input, ''),
    ...metadataMember(input, `${folder}/METADATA`),
    { path: `${folder}/WHEEL`, content: `${wheel.join('\n')}\n${build === undefined ? '' : `Build: ${build}\n`}` },
  ];
  const record = [
    ...content.map(({ path, content: bytes }) => `${path},sha256=${recordDigest(bytes)},${Buffer.byteLength(bytes)}`),
    `${folder}/RECORD,,`,
  ];
  return {
    filename: [distribution, version, ...(build === undefined ? [] : [build]), pyTag, abi, platform].join('-') + '.whl',
    bytes: zipBytes([...content, { path: `${folder}/RECORD`, content: `${record.join('\n')}\n` }]),
  };
}

/** A source distribution with PKG-INFO and setup.py in its one top folder. */
export function sdistBytes(input: SdistInput): BuiltFile {
  const { extension = '.tar.gz' } = input;
  const top = `${escaped(input.name)}-${input.version}`;
  const setup = `from setuptools import setup\nsetup(name=${JSON.stringify(input.name)}, version=${JSON.stringify(input.version)})\n`;
  const members = [
    ...moduleFiles(input, `${top}/`),
    { path: `${top}/setup.py`, content: setup },
    ...metadataMember(input, `${top}/PKG-INFO`),
  ];
  const pack = { '.tar.gz': tarGzBytes, '.tgz': tarGzBytes, '.tar': tarBytes, '.zip': zipBytes }[extension];
  return { filename: input.filename ?? `${top}${extension}`, bytes: pack(members) };
}

/** An egg as bdist_egg makes it. */
export function eggBytes(input: DistributionInput & { readonly python?: string; readonly platform?: string }): BuiltFile {
  const stem = [
    escaped(input.name),
    input.version.replace(/-/g, '_'),
    `py${input.python ?? '2.7'}`,
    ...(input.platform === undefined ? [] : [input.platform]),
  ];
  const members = [
    ...moduleFiles(input, ''),
    ...metadataMember(input, 'EGG-INFO/PKG-INFO'),
    { path: 'EGG-INFO/top_level.txt', content: '' },
  ];
  return { filename: `${stem.join('-')}.egg`, bytes: zipBytes(members) };
}

/** A Windows installer as bdist_wininst makes it: a program with a zip file behind it. */
export function wininstBytes(input: DistributionInput & { readonly python?: string; readonly platform?: string }): BuiltFile {
  const { python = '2.7', platform = 'win32' } = input;
  const fullName = `${input.name}-${input.version}`;
  const members = [...moduleFiles(input, 'PURELIB/'), ...metadataMember(input, `PURELIB/${fullName}-py${python}.egg-info`)];
  const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(70_000, 0x90)]);
  return { filename: `${fullName}.${platform}-py${python}.exe`, bytes: zipBytes(members, { prefix: program }) };
}

function moduleFiles(input: DistributionInput, folder: string): readonly { path: string; content: string | Uint8Array }[] {
  const files = input.files ?? { [`${escaped(input.name)}.py`]: `__version__ = ${JSON.stringify(input.version)}\n` };
  return Object.entries(files).map(([path, content]) => ({ path: `${folder}${path}`, content }));
}

function metadataMember(input: DistributionInput, path: string): readonly { path: string; content: string | Uint8Array }[] {
  return input.metadata === false ? [] : [{ path, content: input.metadata ?? metadataText(input) }];
}

/** The name as filenames spell it: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#escaping-and-unicode */
function escaped(name: string): string {
  return name.replace(/[-_.]+/g, '_').toLowerCase();
}

function recordDigest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url');
}
