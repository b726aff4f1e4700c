import { printable } from '../../errors.ts';
import type { FileFacts } from '../../packaging/distribution-file.ts';
import { formatVersion, tryParseVersion } from '../../packaging/version.ts';
import type { Server } from './profile.ts';
import { formWithoutFile } from './probe-write.ts';
import { usualSimpleUrl } from './urls.ts';

const pypiUpload = 'https://upload.pypi.org/legacy/';
const testPypiUpload = 'https://test.pypi.org/legacy/';

/** Hosts of PyPI by what they are for: only two of them take uploads. */
const hosts: ReadonlyMap<string, string> = new Map([
  ['upload.pypi.org', pypiUpload],
  ['pypi.org', pypiUpload],
  ['www.pypi.org', pypiUpload],
  ['pypi.python.org', pypiUpload],
  ['upload.pypi.io', pypiUpload],
  ['files.pythonhosted.org', pypiUpload],
  ['test.pypi.org', testPypiUpload],
  ['testpypi.python.org', testPypiUpload],
]);

/** PyPI and TestPyPI (warehouse). Facts: its upload code and documentation of 2026. */
export const pypi: Server = {
  kind: 'pypi',
  title: 'PyPI',
  example: pypiUpload,
  checked: 'documentation',
  matches: (url) => hosts.has(url.hostname),
  problem: (url) => {
    const right = hosts.get(url.hostname);
    return right === undefined || url.href === right ? undefined : { because: 'PyPI takes no uploads there', instead: right };
  },
  simpleUrl: (url) => {
    const upload = hosts.get(url.hostname);
    if (upload === undefined) return usualSimpleUrl(url);
    return new URL(upload === testPypiUpload ? 'https://test.pypi.org/simple/' : 'https://pypi.org/simple/');
  },
  traits: {
    canRemove: false,
    cannotRemove: 'PyPI has no API for removal; files can be deleted on its web site, and their names can then never be used again',
    canReplace: false,
    canUpdate: false,
    // The first file creates the project; pre-registration is answered with 410.
    register: 'not-needed',
    carries: new Set(['requires-python', 'core-metadata']),
    overwritesSilently: false,
    digests: ['sha256'],
    // Its pages come from caches.
    listingDelay: 48_000,
  },
  // It looks at the identity before it looks at the form.
  probeWrite: formWithoutFile([
    [':action', 'file_upload'],
    ['protocol_version', '1'],
  ]),
  profile: () => ({ kind: 'pypi', title: 'PyPI', traits: pypi.traits, refuses: refusesFile }),
};

function refusesFile(file: FileFacts): string | undefined {
  const shown = printable(file.filename);
  if (file.packageType === 'bdist_wheel') return localVersion(file) ? `PyPI takes no local versions: ${shown}` : undefined;
  if (file.packageType !== 'sdist' || !file.filename.endsWith('.tar.gz')) return `PyPI takes only .whl and .tar.gz files: ${shown}`;
  if (localVersion(file)) return `PyPI takes no local versions: ${shown}`;
  return hasNormalSdistName(file.filename)
    ? undefined
    : `PyPI takes source distributions only under their normalised name (PEP 625): ${shown}`;
}

function localVersion(file: FileFacts): boolean {
  return file.version.includes('+');
}

/** `name_with_underscores-<normal version>.tar.gz`: https://packaging.python.org/en/latest/specifications/source-distribution-format/ */
function hasNormalSdistName(filename: string): boolean {
  const stem = filename.slice(0, -'.tar.gz'.length);
  const dash = stem.lastIndexOf('-');
  const version = tryParseVersion(stem.slice(dash + 1));
  return (
    /^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(stem.slice(0, Math.max(dash, 0))) &&
    version !== undefined &&
    formatVersion(version) === stem.slice(dash + 1)
  );
}
