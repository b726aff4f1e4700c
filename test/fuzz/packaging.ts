import fc from 'fast-check';
import {
  distributionKey,
  expandTagSets,
  isDistribution,
  isSafeFilename,
  parseDistributionFilename,
  parseSdistFilename,
  parseWheelFilename,
} from '../../src/packaging/filename.ts';
import { couldApply, evaluateMarker, formatMarker, parseMarker, type MarkerEnvironment } from '../../src/packaging/marker.ts';
import { compareText, isNameOf, isNormalizedName, isValidName, normalizeName, parseName } from '../../src/packaging/name.ts';
import {
  formatRequirement,
  parseRequirement,
  parseRequirementLenient,
  parseSpecifierSetLenient,
  type Requirement,
} from '../../src/packaging/requirement.ts';
import { filterBySpecifier, formatSpecifierSet, parseSpecifierSet, specifierContains } from '../../src/packaging/specifier.ts';
import { expandPlatform, expandTags } from '../../src/packaging/tag.ts';
import { environmentOf, parseTarget, tagsOf } from '../../src/packaging/target.ts';
import { canonicalVersion, compareVersions, compareVersionTexts, formatVersion, parseVersion } from '../../src/packaging/version.ts';
import { loadVectors } from '../support/vectors.ts';
import { closeVersionTexts, specifierTexts, versionTexts } from '../support/versions.ts';
import { textsNear } from './inputs.ts';
import { holds, same, surface, totallyOrdered, valueOr, type Surface } from './surface.ts';

interface TextVector {
  readonly id: string;
  readonly input: string;
}

const inputsOf = (file: string, kind?: string): readonly string[] => loadVectors<TextVector>(file, kind).map(({ input }) => input);
const specs = loadVectors<{ id: string; spec: string }>('specifiers.json', 'syntax').map(({ spec }) => spec);
const markerTexts = loadVectors<{ id: string; marker: string }>('markers.json', 'syntax').map(({ marker }) => marker);
const environments = loadVectors<{ id: string; values: MarkerEnvironment }>('markers.json', 'environment').map(({ values }) => values);

const digits = Array.from('0123456789');
const odd = ['\u0660', '\u017f', '\u212a', '\ufeff', '\u001c', '\u00a0', '\n', '\0', '\ud83d'];
const versionTokens = [
  ...digits,
  '.',
  '!',
  '+',
  '-',
  '_',
  'v',
  ' ',
  'a',
  'rc',
  'post',
  'dev',
  'alpha',
  '.dev',
  '+local',
  '9007199254740993',
  ...odd,
];
const operators = ['==', '!=', '>=', '<=', '>', '<', '~=', '===', '.*', ',', '!=~'];
const markerTokens = [
  ...['(', ')', ' and ', ' or ', ' not in ', ' in ', "'", '"', '\\', 'python_version', 'os.name', 'extra', 'extras', 'platform_release'],
  ...["'3.8'", '"x_Y"', ' ', ...operators, ...odd],
];
const filenameTokens = [
  ...['-', '_', '.', '/', '\\', '-py3', '-none-any', '.tar.gz', '.zip', '.whl', '.egg', '.exe', '.linux-x86_64', '-py2.7', '.win32', 'foo'],
  ...['.rpm', '.deb', '.dmg', '.msi', '..', ...odd, ...digits, 'a', 'b'],
];

const versions = fc.oneof(versionTexts, closeVersionTexts, textsNear(inputsOf('versions.json', 'parse'), versionTokens));
const filenames = textsNear(
  ['wheel', 'sdist', 'legacy'].flatMap((kind) => inputsOf('filenames.json', kind)),
  filenameTokens,
);

export const packagingSurfaces: readonly Surface[] = [
  surface({
    name: 'versions',
    weight: 16,
    inputs: versions,
    check: (text) => {
      same('canonicalVersion again', canonicalVersion(canonicalVersion(text)), canonicalVersion(text));
      const version = valueOr('VERSION_INVALID', () => parseVersion(text));
      if (version === undefined) return;
      const written = formatVersion(version);
      same('the version read back', parseVersion(written), version);
      same('canonicalVersion of the normal form', canonicalVersion(written), canonicalVersion(text));
    },
  }),
  surface({
    name: 'version order',
    weight: 16,
    inputs: fc.tuple(versions, versions, versions),
    check: (texts) => {
      totallyOrdered(compareVersionTexts, texts);
      const [a, b, c] = texts.map((text) => valueOr('VERSION_INVALID', () => parseVersion(text)));
      if (a === undefined || b === undefined || c === undefined) return;
      totallyOrdered(compareVersions, [a, b, c]);
      const equal = canonicalVersion(texts[0]) === canonicalVersion(texts[1]);
      holds('equal versions are those with the same canonical form', equal === (compareVersions(a, b) === 0));
    },
  }),
  surface({
    name: 'specifiers',
    weight: 14,
    inputs: fc.tuple(
      fc.oneof(specifierTexts, textsNear(specs, [...operators, ...versionTokens, ';', ')'])),
      fc.array(closeVersionTexts, { maxLength: 4 }),
    ),
    check: ([text, candidates]) => {
      valueOr('SPECIFIER_INVALID', () => parseSpecifierSetLenient(text));
      const set = valueOr('SPECIFIER_INVALID', () => parseSpecifierSet(text));
      if (set === undefined) return;
      const written = formatSpecifierSet(set);
      same('the set read back', formatSpecifierSet(parseSpecifierSet(written)), written);
      const passing = candidates.filter((version) => specifierContains(set, version, { prereleases: true }));
      same(
        'what a list keeps',
        filterBySpecifier(set, candidates, (version) => version, { prereleases: true }),
        passing,
      );
      specifierContains(set, text);
    },
  }),
  surface({
    name: 'requirements',
    weight: 14,
    inputs: textsNear(inputsOf('requirements.json'), [...markerTokens, '[', ']', '@', ';', '#', 'https://u:p@e.com/x', 'foo', '1.0']),
    check: (text) => {
      valueOr('REQUIREMENT_INVALID', () => parseRequirementLenient(text));
      const requirement = valueOr('REQUIREMENT_INVALID', () => parseRequirement(text));
      if (requirement === undefined) return;
      const written = formatRequirement(requirement);
      const again = parseRequirement(written);
      same('the requirement written again', formatRequirement(again), written);
      same('name, extras and URL read back', pick(again), pick(requirement));
    },
  }),
  surface({
    name: 'markers',
    weight: 12,
    inputs: fc.tuple(textsNear(markerTexts, markerTokens), fc.constantFrom(...environments), fc.constantFrom('', 'x-y', 'Test')),
    check: ([text, environment, extra]) => {
      const marker = valueOr('MARKER_INVALID', () => parseMarker(text));
      if (marker === undefined) return;
      const written = formatMarker(marker);
      const again = parseMarker(written);
      same('the marker read back', again, marker);
      const value = valueOr('MARKER_INVALID', () => evaluateMarker(marker, environment, extra));
      same(
        'its value',
        valueOr('MARKER_INVALID', () => evaluateMarker(again, environment, [extra])),
        value,
      );
      const possible = valueOr('MARKER_INVALID', () => couldApply(marker, undefined, [extra]));
      if (value === true) holds('what is true could be', possible === true);
    },
  }),
  surface({
    name: 'tags and targets',
    weight: 6,
    inputs: fc.tuple(
      textsNear(
        ['py2.py3-none-any', 'cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64', 'cp313-cp313t-macosx_11_0_arm64'],
        [...filenameTokens, 'cp3'],
      ),
      textsNear(
        [
          'manylinux_2_28_x86_64',
          'macosx_14_0_arm64',
          'win_amd64',
          'ios_17_2_arm64_iphoneos',
          'android_21_x86_64',
          'musllinux_1_2_aarch64',
          'any',
        ],
        ['_', ...digits, 'manylinux', 'macosx', 'x86_64', 'universal2', ...odd],
      ),
      textsNear(['3.12', '2.7', '3.0'], [...digits, '.']),
    ),
    check: ([tags, platform, python]) => {
      for (const expand of [expandTags, expandTagSets]) {
        const expanded = valueOr('FILENAME_INVALID', () => expand(tags)) ?? [];
        holds(
          'every tag has three parts, and stands once',
          expanded.every((tag) => tag.split('-').length === 3) && new Set(expanded).size === expanded.length,
        );
      }
      holds('every platform accepts something', expandPlatform(platform).length > 0);
      const target = valueOr('TARGET_INVALID', () => parseTarget({ python, platform }));
      if (target === undefined) return;
      same('the target read back', parseTarget(target), target);
      const all = tagsOf(target);
      holds('a target has tags, each once', all.length > 0 && new Set(all).size === all.length);
      environmentOf(target);
    },
  }),
  surface({
    name: 'filenames',
    weight: 12,
    inputs: fc.tuple(
      filenames,
      fc.constantFrom(undefined, 'foo', 'foo-bar', '1').map((name) => (name === undefined ? undefined : normalizeName(name))),
    ),
    check: ([filename, project]) => {
      valueOr('FILENAME_INVALID', () => parseWheelFilename(filename));
      valueOr('FILENAME_INVALID', () => parseSdistFilename(filename));
      const parsed = parseDistributionFilename(filename, project);
      const key = project === undefined ? undefined : distributionKey(filename, project);
      if (!isDistribution(parsed)) {
        holds('what is no distribution has no key', key === undefined);
        return;
      }
      holds('only what can be a file name is one', isSafeFilename(filename));
      holds('the name is a normal form', isNormalizedName(parsed.name) && (project === undefined || parsed.name === project));
      holds('there is a version', parsed.version !== '');
      if (project !== undefined) holds('a distribution has a key', key !== undefined);
    },
  }),
  surface({
    name: 'names',
    weight: 6,
    inputs: fc.tuple(filenames, filenames, filenames),
    check: (texts) => {
      totallyOrdered(compareText, texts);
      const [text] = texts;
      const name = valueOr('NAME_INVALID', () => parseName(text));
      holds('what parses is valid', (name !== undefined) === isValidName(text));
      if (name === undefined) return;
      holds('it has a normal form that stays', isNormalizedName(name) && normalizeName(name) === name && isNameOf(text, name));
    },
  }),
];

function pick({ name, extras, url }: Requirement): object {
  return { name, extras, url };
}
