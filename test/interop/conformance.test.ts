import { expect } from '@jest/globals';
import fc from 'fast-check';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { parseCoreMetadata, type CoreMetadata } from '../../src/archive/core-metadata.ts';
import { readFileMetadata } from '../../src/archive/file-metadata.ts';
import { parseRawMetadata } from '../../src/archive/raw-metadata.ts';
import { isPkgsyncError } from '../../src/errors.ts';
import { isDistribution, parseDistributionFilename, parseSdistFilename } from '../../src/packaging/filename.ts';
import type { Marker, MarkerEnvironment } from '../../src/packaging/marker.ts';
import { normalizeName } from '../../src/packaging/name.ts';
import { filterBySpecifier, formatSpecifierSet, parseSpecifierSet, specifierContains } from '../../src/packaging/specifier.ts';
import { parseRequirement } from '../../src/packaging/requirement.ts';
import { environmentOf, parseTarget } from '../../src/packaging/target.ts';
import { canonicalVersion, formatVersion, sortByVersion, tryParseVersion } from '../../src/packaging/version.ts';
import { surfaces } from '../fuzz/surfaces.ts';
import { validOr } from '../vectors/comparison.ts';
import { wheelFacts } from '../vectors/filenames.ts';
import { evaluated } from '../vectors/markers.ts';
import { metadataFacts } from '../vectors/metadata.ts';
import { requirementFacts } from '../vectors/requirements.ts';
import { described } from '../vectors/versions.ts';
import { interop, type Lab, labTest } from './support/lab.ts';
import { askOracle, type Question } from './support/oracle.ts';
import { prepareListings, prepareWheels } from './support/real-world.ts';

/** Fails where an answer differs from the oracle's, with the first ten; or where fewer than `least` were compared. */
async function expectSame<Q extends Question>(
  lab: Lab,
  least: number,
  questions: readonly Q[],
  answer: (question: Q) => object,
): Promise<void> {
  expect(questions.length).toBeGreaterThanOrEqual(least);
  const wanted = await askOracle(lab.tools, questions);
  const differences = questions.flatMap((question, at) => {
    const ours: unknown = JSON.parse(JSON.stringify(answer(question)));
    return isDeepStrictEqual(ours, wanted[at]) ? [] : [{ question, ours, oracle: wanted[at] }];
  });
  process.stderr.write(`compared: ${questions.length} of kind ${questions[0]?.kind ?? ''}, ${differences.length} differ\n`);
  expect(differences.slice(0, 10)).toEqual([]);
}

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

/** Every downloaded distribution, by path. */
async function distributions(lab: Lab): Promise<readonly { readonly path: string; readonly filename: string }[]> {
  const folders = [lab.packages, await prepareWheels(lab.tools)];
  const lists = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((filename) => ({ path: join(folder, filename), filename }))),
  );
  return lists.flat();
}

/** Their metadata files as pkginfo finds them, in base64. */
async function metadataFiles(lab: Lab): Promise<readonly string[]> {
  const questions = (await distributions(lab)).map(({ path }) => ({ kind: 'archive', path }) as const);
  return (await askOracle(lab.tools, questions)).map(({ base64 }) => base64 as string);
}

function requirementsOf(base64: string): readonly string[] {
  const value = parseRawMetadata(Buffer.from(base64, 'base64')).fields.get('requires_dist');
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/** What a real requirement's marker is asked: old and new Pythons, three systems, with an extra and without. */
const asked: readonly (readonly [MarkerEnvironment, string])[] = [
  [environmentOf(parseTarget({ python: '2.7', platform: 'manylinux1_x86_64' })), ''],
  [environmentOf(parseTarget({ python: '3.8', platform: 'win_amd64' })), 'test'],
  [environmentOf(parseTarget({ python: '3.12', platform: 'macosx_14_0_arm64' })), 'all'],
  [environmentOf(parseTarget({ python: '3.13', platform: 'manylinux_2_28_aarch64' })), 'dev'],
  [environmentOf(parseTarget({ python: '3.10', platform: 'manylinux_2_17_x86_64', implementation: 'pp' })), 'docs'],
];

/** What is compared in more than one test. */
const answers = {
  version: ({ input }: { readonly input: string }): object => {
    const version = tryParseVersion(input);
    return version === undefined ? { valid: false } : { ...described(input, version), input: undefined };
  },
  specifier: ({ input, versions }: { readonly input: string; readonly versions: readonly string[] }): object =>
    validOr({}, 'SPECIFIER_INVALID', () => {
      const set = parseSpecifierSet(input);
      return {
        canonical: formatSpecifierSet(set),
        contained: versions.filter((version) => specifierContains(set, version)),
        filtered: filterBySpecifier(set, versions, (version) => version),
      };
    }),
  requirement: ({ input, environments }: { readonly input: string; readonly environments: typeof asked }): object =>
    validOr({}, 'REQUIREMENT_INVALID', () => {
      const facts = requirementFacts(input) as { readonly marker: string | null };
      const holds = environments.map(([environment, extra]) => facts.marker === null || evaluated(facts.marker, environment, extra));
      return { ...facts, holds };
    }),
  wheel: ({ input }: { readonly input: string }): object => validOr({}, 'FILENAME_INVALID', () => wheelFacts(input)),
  sdist: ({ input }: { readonly input: string }): object => validOr({}, 'FILENAME_INVALID', () => parseSdistFilename(input)),
  metadata: ({ base64 }: { readonly base64: string }): object => ({
    valid: true,
    ...metadataFacts(Buffer.from(base64, 'base64')),
    unparsed: undefined,
  }),
};

interop('formats of real packages', () => {
  labTest('requirements mean what packaging says', async (lab) => {
    const texts = unique((await metadataFiles(lab)).flatMap(requirementsOf));
    const questions = texts.map((input) => ({ kind: 'requirement', input, environments: asked }) as const);
    await expectSame(lab, 2000, questions, answers.requirement);
  });

  labTest('metadata files say what packaging reads', async (lab) => {
    const questions = unique(await metadataFiles(lab)).map((base64) => ({ kind: 'metadata', base64 }) as const);
    await expectSame(lab, 100, questions, answers.metadata);
  });

  labTest('metadata files say what pkginfo reads', async (lab) => {
    const questions = unique(await metadataFiles(lab)).map((base64) => ({ kind: 'fields', base64 }) as const);
    expect(questions.length).toBeGreaterThanOrEqual(100);
    const differences: object[] = [];
    for (const [at, wanted] of (await askOracle(lab.tools, questions)).entries()) {
      const metadata = parseCoreMetadata(Buffer.from(questions[at]!.base64, 'base64'));
      for (const [attribute, value] of Object.entries(wanted)) {
        if (attribute === 'valid') continue;
        const ours = comparable(attribute, fieldOf(metadata, attribute));
        const theirs = comparable(attribute, value);
        if (!isDeepStrictEqual(ours, theirs)) differences.push({ name: metadata.name, version: metadata.version, attribute, ours, theirs });
      }
    }
    expect(differences.slice(0, 10)).toEqual([]);
  });

  labTest('the metadata file of a distribution is the one that pkginfo finds', async (lab) => {
    const files = await distributions(lab);
    const theirs = await metadataFiles(lab);
    const differences: string[] = [];
    for (const [at, { path, filename }] of files.entries()) {
      const parsed = parseDistributionFilename(filename);
      if (!isDistribution(parsed)) throw new Error(`${filename} is no distribution`);
      const { bytes } = await readFileMetadata(path, filename, parsed.name);
      if (Buffer.from(bytes ?? []).toString('base64') !== theirs[at]) differences.push(filename);
    }
    expect(files.length).toBeGreaterThanOrEqual(100);
    expect(differences).toEqual([]);
  });

  labTest('filenames of real pages mean what packaging says', async (lab) => {
    const filenames = unique((await prepareListings(lab.tools)).map(({ filename }) => filename));
    const wheels = filenames.filter((filename) => filename.endsWith('.whl')).map((input) => ({ kind: 'wheel', input }) as const);
    await expectSame(lab, 2000, wheels, answers.wheel);
    const sdists = filenames.filter((filename) => /\.(?:zip|tar\.gz)$/.test(filename)).map((input) => ({ kind: 'sdist', input }) as const);
    await expectSame(lab, 1000, sdists, answers.sdist);
  });

  labTest('every file that pip would install has the version that pip says', async (lab) => {
    const files = (await prepareListings(lab.tools)).filter(({ version }) => version !== undefined);
    // pip gives the version as the filename spells it.
    const differences = files.flatMap(({ project, filename, version = '' }) => {
      const parsed = parseDistributionFilename(filename, normalizeName(project));
      const ours = isDistribution(parsed) ? canonicalVersion(parsed.version) : parsed.because;
      return ours === canonicalVersion(version) ? [] : [{ filename, ours, pip: version }];
    });
    expect(files.length).toBeGreaterThanOrEqual(1000);
    expect(differences.slice(0, 10)).toEqual([]);
  });

  labTest('versions and specifiers of real pages mean what packaging says', async (lab) => {
    const files = await prepareListings(lab.tools);
    const versionTexts = unique(
      files.flatMap(({ project, filename }) => {
        const parsed = parseDistributionFilename(filename, normalizeName(project));
        return isDistribution(parsed) ? [parsed.version] : [];
      }),
    );
    const versions = versionTexts.map((input) => ({ kind: 'version', input }) as const);
    await expectSame(lab, 500, versions, answers.version);

    const valid = versionTexts.filter((text) => tryParseVersion(text) !== undefined);
    await expectSame(lab, 1, [{ kind: 'order', versions: valid } as const], () => ({
      valid: true,
      sorted: sortByVersion(valid, (text) => text).map((text) => formatVersion(tryParseVersion(text)!)),
    }));

    // Specifiers as they stand in Requires-Python and in requirements, over a sample of all versions.
    const sample = valid.filter((_, at) => at % 20 === 0);
    const requirements = (await metadataFiles(lab))
      .flatMap(requirementsOf)
      .map((text) => formatSpecifierSet(parseRequirement(text).specifier));
    const specifiers = unique([...files.flatMap(({ requiresPython = [] }) => requiresPython), ...requirements]);
    const questions = specifiers.map((input) => ({ kind: 'specifier', input, versions: sample }) as const);
    await expectSame(lab, 500, questions, answers.specifier);
  });

  labTest('texts near real ones mean what packaging says', async (lab) => {
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what each surface takes
    const near = <T>(name: string): readonly T[] => {
      const found = surfaces.find((surface) => surface.name === name);
      if (found === undefined) throw new Error(`nothing fuzzed is called ${name}`);
      // One seed: which letters there are beyond U+FFFF is a matter of the Python's age.
      return fc.sample(found.inputs as fc.Arbitrary<T>, { seed: 1, numRuns: 10_000 });
    };
    const usable = (text: string): boolean => text.length < 400 && /^[\0-\ud7ff\ue000-\uffff]*$/.test(text);
    // Backslashes in a marker's literal and comparisons of two variables are refused here, see docs/conformance.md.
    const requirements = near<string>('requirements').filter((text) => usable(text) && !text.includes('\\') && !comparesVariables(text));
    const filenames = near<readonly [string]>('filenames')
      .map(([filename]) => filename)
      .filter(usable);
    const specifiers = near<readonly [string, readonly string[]]>('specifiers').filter(([text]) => usable(text));
    const metadata = near<Uint8Array>('metadata').filter(({ length }) => length < 5000);
    const texts = <K extends Question['kind']>(kind: K, inputs: readonly string[]) => inputs.map((input) => ({ kind, input }) as const);

    await expectSame(lab, 5000, texts('version', near<string>('versions').filter(usable)), answers.version);
    await expectSame(
      lab,
      5000,
      specifiers.map(([input, versions]) => ({ kind: 'specifier', input, versions }) as const),
      answers.specifier,
    );
    await expectSame(
      lab,
      5000,
      texts('requirement', requirements).map((question) => ({ ...question, environments: asked })),
      answers.requirement,
    );
    await expectSame(lab, 5000, texts('wheel', filenames), answers.wheel);
    await expectSame(lab, 5000, texts('sdist', filenames), answers.sdist);
    await expectSame(
      lab,
      5000,
      metadata.map((bytes) => ({ kind: 'metadata', base64: Buffer.from(bytes).toString('base64') }) as const),
      answers.metadata,
    );
  });
});

/** Whether the requirement, if it is one, has a marker that compares two variables. */
function comparesVariables(text: string): boolean {
  const within = (marker: Marker): boolean => {
    if (marker.kind !== 'comparison') return marker.operands.some(within);
    return marker.left.kind === 'variable' && marker.right.kind === 'variable';
  };
  try {
    const { marker } = parseRequirement(text);
    return marker !== undefined && within(marker);
  } catch (error) {
    if (isPkgsyncError(error, 'REQUIREMENT_INVALID')) return false;
    throw error;
  }
}

/** pkginfo's names for fields that are called otherwise here. */
const renamed: Readonly<Record<string, keyof CoreMetadata>> = { provides_extras: 'providesExtra', license_file: 'licenseFiles' };

function fieldOf(metadata: CoreMetadata, attribute: string): unknown {
  const key = renamed[attribute] ?? attribute.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (!(key in metadata)) throw new Error(`there is no field ${key}`);
  return metadata[key as keyof CoreMetadata];
}

/**
 * Where nothing is said, pkginfo gives None, an empty text or the placeholder of old tools; blanks around a description say nothing either. An
 * empty line inside a folded field makes two blanks there, one here.
 */
function comparable(attribute: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => comparable(attribute, item)).filter((item) => item !== null);
  if (typeof value !== 'string') return value ?? null;
  const text = attribute === 'description' ? value.trim() : value.trim().replace(/ +/g, ' ');
  return text === '' || text === 'UNKNOWN' ? null : text;
}
