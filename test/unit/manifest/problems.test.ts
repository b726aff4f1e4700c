import { describe, expect, it } from '@jest/globals';
import { problemsIn, problemsWith } from '../../support/manifest.ts';

type Case = readonly [what: string, keys: Readonly<Record<string, unknown>>, ...problems: readonly string[]];

function refuses(cases: readonly Case[]): void {
  it.each(cases.map(([what, keys, ...problems]) => ({ what, keys, problems })))('$what', ({ keys, problems }) => {
    expect(problemsWith(keys)).toEqual(problems);
  });
}

const gone = undefined;
const upload = { type: 'upload', url: 'https://pypi.corp.example/' };
const linux = { python: '3.12', platform: 'manylinux_2_28_x86_64' };

describe('sources and destinations', () => {
  refuses([
    [
      'no source at all',
      { source: gone },
      "/: the key 'source' is missing: the URL or path that packages come from (or 'sources' for several)",
    ],
    ['both forms of source', { sources: { a: './wheels' } }, "/sources: both 'source' and 'sources' are given; expected one of them"],
    [
      'both forms of destination',
      { destinations: { a: './other' } },
      "/destinations: both 'destination' and 'destinations' are given; expected one of them",
    ],
    ['no named source', { source: gone, sources: {} }, '/sources: expected at least one key, found an empty object'],
    [
      'a name that would not fit on a command line',
      { destination: gone, destinations: { 'my mirror': './mirror' } },
      "/destinations/my mirror: the key 'my mirror' is not a name of letters, digits, '.', '_' and '-' that begins with a letter or digit (at most 64)",
    ],
    ['a source without url', { source: { serialization: 'json' } }, "/source: the key 'url' is missing"],
    [
      'named sources under the singular key',
      { source: { url: './w', urls: './x' } },
      "/source/urls: unknown key 'urls'; did you mean 'url'?",
    ],
    [
      'a destination without type',
      { destination: { path: './mirror' } },
      "/destination: the key 'type' is missing; expected 'directory' or 'upload'",
    ],
    ['a directory without path', { destination: { type: 'directory' } }, "/destination: the key 'path' is missing"],
    ['an upload without url', { destination: { type: 'upload' } }, "/destination: the key 'url' is missing"],
    [
      'a key of the other type of destination',
      { destination: { type: 'directory', path: './mirror', server: 'devpi' } },
      "/destination/server: unknown key 'server'; expected 'type', 'path', 'include', 'exclude', 'prune' or 'limits'",
    ],
    [
      'an unknown kind of server',
      { destination: { ...upload, server: 'pypi-server' } },
      "/destination/server: expected 'auto', 'pypi', 'devpi', 'pypiserver', 'nexus', 'artifactory', 'gitlab', 'gitea', 'pulp', 'codeartifact', 'azure', 'google', 'cloudsmith' or 'generic', found 'pypi-server'; did you mean 'pypiserver'?",
    ],
    ['a number for a source', { source: 1 }, '/source: expected a URL, a path or an object with url, found 1'],
  ]);
});

describe('locations', () => {
  refuses([
    ['an empty path', { source: '' }, '/source: expected a path, found nothing'],
    ['a path with NUL', { destination: 'a\0b' }, '/destination: a path has no NUL character'],
    [
      'a URL where a path belongs',
      { destination: { type: 'directory', path: 'file:///srv/mirror' } },
      '/destination/path: expected a path, found a URL',
    ],
    [
      'a host without a scheme',
      { destination: 'pypi.corp.example/simple' },
      "/destination: 'pypi.corp.example/simple' looks like a URL without its scheme: write https:// before it, or ./ if a folder is meant",
    ],
    [
      'a host and port without a scheme',
      { source: 'localhost:8080' },
      "/source: 'localhost:8080' looks like a URL without its scheme: write https:// before it, or ./ if a folder is meant",
    ],
    ['another scheme', { source: 'ftp://mirror.example/' }, "/source: a URL with 'ftp' cannot be used here; expected https, http, file"],
    [
      'uploading to a file',
      { destination: 'file:///srv/mirror' },
      "/destination: a URL with 'file' cannot be used here; expected https, http",
    ],
    ['a broken URL', { source: 'https://[::1/simple' }, '/source: not a URL; expected https, http, file and a host'],
    ['a query', { source: 'https://pypi.example/simple/?token=abc' }, '/source: the URL of an index has no query (?) and no fragment (#)'],
    [
      'one place for two destinations',
      { destination: gone, destinations: { a: './mirror', b: { type: 'directory', path: 'mirror/' } } },
      "/destinations/b/path: the same place as destination 'a'; expected a place of its own",
    ],
    [
      'a destination that is the source',
      { source: 'https://pypi.corp.example', destination: upload },
      "/destination/url: the same place as source 'default'; expected a place of its own",
    ],
  ]);

  it('may say of one server that it lists where it takes uploads', () => {
    expect(problemsWith({ destination: { ...upload, simpleUrl: upload.url } })).toEqual([]);
  });

  it('may be Windows paths, paths with dots, and one index read by two sources', () => {
    expect(problemsWith({ destination: 'C:\\mirror' })).toEqual([]);
    expect(problemsWith({ destination: '../mirror.d' })).toEqual([]);
    expect(problemsWith({ source: gone, sources: { a: './wheels', b: { url: './wheels', names: ['acme-*'] } } })).toEqual([]);
  });
});

describe('secrets', () => {
  const secret = 'hunter2-!x';

  it.each([
    [
      { username: 'ci', password: secret },
      '/destination/auth/password: a password never stands in a manifest: put it into an environment variable and name that with passwordEnv',
    ],
    [
      { token: secret },
      '/destination/auth/token: a token never stands in a manifest: put it into an environment variable and name that with tokenEnv',
    ],
    [
      { tokenEnv: secret },
      "/destination/auth/tokenEnv: expected the name of an environment variable (letters, digits and '_'), not the secret itself, found something else (not shown, as it may be a secret)",
    ],
    [
      { username: 'ci', passwordEnv: secret },
      "/destination/auth/passwordEnv: expected the name of an environment variable (letters, digits and '_'), not the secret itself, found something else (not shown, as it may be a secret)",
    ],
  ])('written out in auth are refused without being shown', (auth, problem) => {
    const problems = problemsWith({ destination: { ...upload, auth } });
    expect(problems).toEqual([problem]);
    expect(problems.join()).not.toContain(secret);
  });

  it.each([
    ['/source', { source: `https://ci:${secret}@pypi.corp.example/simple/` }],
    ['/source/url', { source: { url: `https://${secret}@pypi.corp.example/simple/` } }],
    ['/destination', { destination: `https://ci:${secret}@pypi.corp.example/` }],
    ['/destination/url', { destination: { type: 'upload', url: `https://ci:${secret}@pypi.corp.example/` } }],
    ['/destination/simpleUrl', { destination: { ...upload, simpleUrl: `https://ci:${secret}@pypi.corp.example/simple/` } }],
  ])('in the URL at %s are refused without being shown', (pointer, keys) => {
    expect(problemsWith(keys)).toEqual([
      `${pointer}: a URL must not hold credentials: name environment variables in auth (usernameEnv, passwordEnv or tokenEnv)`,
    ]);
  });

  it('are not shown where a URL stands in the wrong place either', () => {
    expect(problemsWith({ prune: `https://ci:${secret}@pypi.corp.example/` })).toEqual([
      "/prune: expected 'never', 'tombstoned' or 'exact', found 'https://****@pypi.corp.example/'",
    ]);
  });
});

describe('auth', () => {
  const withAuth = (auth: unknown) => ({ destination: { ...upload, auth } });
  refuses([
    [
      'an empty object',
      withAuth({}),
      '/destination/auth: expected an object that names environment variables or a helper, found an empty object',
    ],
    [
      'two user names',
      withAuth({ username: 'ci', usernameEnv: 'U', passwordEnv: 'P' }),
      "/destination/auth/usernameEnv: both 'username' and 'usernameEnv' are given; expected one of them",
    ],
    [
      'two secrets',
      withAuth({ username: 'ci', passwordEnv: 'P', tokenEnv: 'T' }),
      "/destination/auth/tokenEnv: both 'passwordEnv' and 'tokenEnv' are given; expected one of them",
    ],
    [
      'a password of nobody',
      withAuth({ passwordEnv: 'P' }),
      "/destination/auth: the password has no user: expected 'username' or 'usernameEnv' too (an API token goes into 'tokenEnv')",
    ],
    [
      'a user without password',
      { source: { url: 'https://pypi.corp.example/simple/', auth: { usernameEnv: 'U' } } },
      "/source/auth: the user has no password: expected 'passwordEnv', 'tokenEnv', 'command' or 'keyring' too",
    ],
    [
      'a key that is nearest to a literal secret',
      withAuth({ tokenEnv: 'T', passwrd: 'x' }),
      "/destination/auth/passwrd: unknown key 'passwrd'; expected 'username', 'usernameEnv', 'passwordEnv', 'tokenEnv', 'command', 'keyring', 'trustedPublishing' or 'audience'",
    ],
    [
      'text',
      withAuth('ci:secret'),
      '/destination/auth: expected an object that names environment variables or a helper, found something else (not shown, as it may be a secret)',
    ],
    [
      'a command line',
      withAuth({ command: 'helper --password secret' }),
      '/destination/auth/command: expected a command as an array of its words such as ["./tools/index-token","--team","prod"], found something else (not shown, as it may be a secret)',
    ],
    [
      'no command',
      withAuth({ command: [] }),
      '/destination/auth/command: expected a command as an array of its words such as ["./tools/index-token","--team","prod"], found an empty array',
    ],
    [
      'trusted publishing by nobody known',
      withAuth({ trustedPublishing: 'jenkins' }),
      "/destination/auth/trustedPublishing: expected true, 'github' or 'gitlab', found 'jenkins'",
    ],
    [
      'trusted publishing beside others',
      withAuth({ tokenEnv: 'T', trustedPublishing: true }),
      "/destination/auth/trustedPublishing: both 'tokenEnv' and 'trustedPublishing' are given; expected one of them",
    ],
    [
      'a user of trusted publishing',
      withAuth({ username: 'u', trustedPublishing: true }),
      '/destination/auth/username: trusted publishing brings its own user: expected none',
    ],
    [
      'an audience of nothing',
      withAuth({ tokenEnv: 'T', audience: 'acme' }),
      "/destination/auth/audience: an audience is for 'trustedPublishing' only",
    ],
    [
      'trusted publishing of a source',
      { source: { url: 'https://pypi.corp.example/simple/', auth: { trustedPublishing: true } } },
      '/source/auth/trustedPublishing: trusted publishing gives tokens for uploading; expected other credentials for a source',
    ],
    ['no keyring', withAuth({ keyring: false }), '/destination/auth/keyring: expected true, found false'],
    [
      'several ways',
      withAuth({ tokenEnv: 'T', command: ['x'], keyring: true }),
      "/destination/auth/command: both 'tokenEnv' and 'command' are given; expected one of them",
      "/destination/auth/keyring: both 'tokenEnv' and 'keyring' are given; expected one of them",
    ],
  ]);
});

describe('tls', () => {
  const withTls = (tls: unknown) => ({ destination: { ...upload, tls } });
  refuses([
    ['nothing', withTls({}), '/destination/tls: expected an object that names files for TLS, found an empty object'],
    [
      'no way around the verification',
      withTls({ verify: false }),
      "/destination/tls/verify: the verification cannot be switched off: name the certificate of the server's authority with caFile",
    ],
    [
      'a passphrase written out',
      withTls({ clientCertFile: 'c.pem', passphrase: 'hunter2' }),
      '/destination/tls/passphrase: a passphrase never stands in a manifest: put it into an environment variable and name that with passphraseEnv',
    ],
    [
      'a key alone',
      withTls({ clientKeyFile: 'k.pem' }),
      "/destination/tls/clientKeyFile: there is no certificate to it; expected 'clientCertFile' too",
    ],
    ['an empty path', withTls({ caFile: '' }), '/destination/tls/caFile: expected a path, found nothing'],
    [
      'anything for plain http',
      { source: { url: 'http://127.0.0.1/simple/', tls: { caFile: 'ca.pem' } } },
      '/source/tls: no connection there is encrypted, so nothing of this would be used; expected an https URL beside it',
    ],
    [
      'anything for a folder',
      { source: { url: './wheels', tls: { caFile: 'ca.pem' } } },
      '/source/tls: no connection there is encrypted, so nothing of this would be used; expected an https URL beside it',
    ],
  ]);

  it('may name files for a server, and serve a simple API alone', () => {
    const tls = { caFile: 'ca.pem', clientCertFile: 'c.pem', clientKeyFile: 'k.pem', passphraseEnv: 'P' };
    expect(problemsWith(withTls(tls))).toEqual([]);
    expect(
      problemsWith({ destination: { ...upload, url: 'http://127.0.0.1/', simpleUrl: 'https://pypi.corp.example/simple/', tls } }),
    ).toEqual([]);
  });
});

describe('what is selected', () => {
  refuses([
    ['nothing', { packages: gone }, "/: nothing is selected: expected the key 'packages', or 'all': true for every project of the source"],
    [
      'nothing, as all is false',
      { packages: gone, all: false },
      "/: nothing is selected: expected the key 'packages', or 'all': true for every project of the source",
    ],
    [
      'exclude without all',
      { exclude: ['django'] },
      "/exclude: 'exclude' narrows 'all' and means nothing without it; expected 'all': true, or 'exclude' inside a package's rule",
    ],
    [
      'packages as text',
      { packages: 'celery' },
      "/packages: expected an object of package names, or an array of requirement strings, found 'celery'",
    ],
    [
      'a package that is a number',
      { packages: { celery: 5 } },
      '/packages/celery: expected a version specifier or a rule such as ">=4.2,<6", found 5',
    ],
    [
      'one package in two spellings',
      { packages: { 'Zope.Interface': '*', 'zope-interface': '*' } },
      "/packages/zope-interface: 'zope-interface' is the same project as 'Zope.Interface'; expected one entry per project",
    ],
    [
      'one requirement twice',
      { packages: ['celery>=5', 'celery<6'] },
      "/packages/1: 'celery' stands here twice; expected one entry per project",
    ],
    [
      'a name that no project can have',
      { packages: { '-foo': '*' } },
      "/packages/-foo: the key '-foo' is not a project name (ASCII letters, digits, '.', '_' and '-'; first and last a letter or digit)",
    ],
  ]);

  it('is not said to be nothing where a value is merely wrong', () => {
    expect(problemsWith({ packages: gone, all: 'yes', exclude: ['a'] })).toEqual(["/all: expected true or false, found 'yes'"]);
  });

  it('may be nothing on purpose', () => {
    expect(problemsWith({ packages: {} })).toEqual([]);
    expect(problemsWith({ packages: gone, all: true, exclude: ['django>=5', 'acme-*'] })).toEqual([]);
  });
});

describe('requirement strings', () => {
  refuses([
    ['a number', { packages: [1] }, '/packages/0: expected a requirement string such as "celery>=5.3" or "Django", found 1'],
    [
      'a marker',
      { packages: ['celery; python_version < "3.9"'] },
      "/packages/0: a marker cannot be judged without an installer; expected no ';' part (declare 'targets' to say what to serve)",
    ],
    [
      'a URL',
      { packages: ['celery @ https://x.example/celery-5.0.tar.gz'] },
      "/packages/0: a URL cannot be followed here; expected a name and versions, such as 'celery>=1.0', from a source",
    ],
    [
      'a name that ends with _',
      { packages: ['celery_'] },
      "/packages/0: 'celery_' is not a project name: it must end with a letter or digit",
    ],
    ['an impossible one', { packages: ['celery>2,<1'] }, "/packages/0: no version can satisfy 'celery>2,<1'"],
    [
      'a version without operator',
      { packages: ['celery 5.3'] },
      '/packages/0: \'celery 5.3\' is not a valid requirement: expected a version specifier, ";" or nothing more at character 8; write an operator before the version, such as ==1.0 or >=1.0',
    ],
  ]);
});

describe('specifiers', () => {
  refuses([
    ['a malformed one', { packages: { a: '>=1.*' } }, "/packages/a: '>=1.*' is not a valid version specifier; '1.*' is not a version"],
    [
      'a bare version',
      { packages: { a: { version: '1.0' } } },
      "/packages/a/version: '1.0' is not a valid version specifier; a specifier starts with one of ~= == != <= >= < > ===",
    ],
    [
      'an impossible one of several',
      { packages: { a: { version: ['==1', '>2,<1'] } } },
      "/packages/a/version/1: no version can satisfy '>2,<1'",
    ],
    [
      'none of several',
      { packages: { a: { version: [] } } },
      '/packages/a/version: expected a version specifier or an array of them such as ">=4.2,<6" or ["==1.26.4","==2.1.0"], found an empty array',
    ],
    ['an impossible one', { packages: { a: { version: '==1.0,==2.0' } } }, "/packages/a/version: no version can satisfy '==1.0,==2.0'"],
    [
      'one in the defaults',
      { defaults: { version: '=>1' } },
      "/defaults/version: '=>1' is not a valid version specifier; a specifier starts with one of ~= == != <= >= < > ===",
    ],
    [
      'one in exclude',
      { packages: { a: { exclude: ['==1.0', '=1.1'] } } },
      "/packages/a/exclude/1: '=1.1' is not a valid version specifier; a specifier starts with one of ~= == != <= >= < > ===",
    ],
    [
      'an exclude that leaves nothing',
      { packages: { a: { exclude: '' } } },
      '/packages/a/exclude: this leaves out every version; expected a version specifier such as "==4.2.1"',
    ],
  ]);
});

describe('rule fields', () => {
  const rule = (fields: object) => ({ packages: { a: fields } });
  refuses([
    [
      'an unknown key',
      rule({ latestper: 'major', latest: 1 }),
      "/packages/a/latestper: unknown key 'latestper'; did you mean 'latestPer'?",
    ],
    ['latest 0', rule({ latest: 0 }), '/packages/a/latest: expected a whole number from 1, found 0'],
    ['latest 1.5', rule({ latest: 1.5 }), '/packages/a/latest: expected a whole number from 1, found 1.5'],
    [
      'latestPer without latest',
      rule({ latestPer: 'minor' }),
      "/packages/a: 'latestPer' means nothing without 'latest'; expected 'latest' too, the number of versions to take",
    ],
    [
      'latestPer of the defaults without the latest of the defaults',
      { ...rule({ latest: null }), defaults: { latest: 1, latestPer: 'minor' } },
      "/packages/a: 'latestPer' means nothing without 'latest'; expected 'latest' too, the number of versions to take",
    ],
    [
      'an unknown kind',
      rule({ files: ['wheels'] }),
      "/packages/a/files/0: expected 'wheel', 'sdist', 'egg', 'wininst', 'msi', 'rpm', 'dumb' or 'dmg', found 'wheels'; did you mean 'wheel'?",
    ],
    ['no kind', rule({ files: [] }), '/packages/a/files: expected an array of kinds, found an empty array'],
    ['a kind twice', rule({ files: ['egg', 'egg'] }), '/packages/a/files: the same item stands here twice'],
    [
      'only sdists, and never sdists',
      { ...rule({ files: ['sdist'] }), defaults: { sdist: 'never' } },
      "/packages/a: nothing is selected: 'files' wants only sdists and 'sdist' is 'never'",
    ],
    ['no target', rule({ targets: [] }), '/packages/a/targets: expected an array of names of targets, found an empty array'],
    ['a number of days', rule({ minAge: 7 }), '/packages/a/minAge: expected a duration such as "7d", "36h" or "90m", found 7'],
    [
      'a size without unit',
      rule({ maxFileSize: '100' }),
      '/packages/a/maxFileSize: expected a size: a number of bytes, or text with a unit such as "100 MB" or "1 GiB", found \'100\'',
    ],
    [
      'a size of nothing',
      rule({ maxFileSize: 0 }),
      '/packages/a/maxFileSize: expected a size: a number of bytes, or text with a unit such as "100 MB" or "1 GiB", found 0',
    ],
    ['text for a switch', rule({ prereleases: 'yes' }), "/packages/a/prereleases: expected true or false, found 'yes'"],
    ['an unknown source', rule({ source: 'corp' }), "/packages/a/source: there is no source 'corp'; expected 'default'"],
    [
      'an unknown destination',
      { destination: gone, destinations: { plant: './plant', lab: './lab' }, ...rule({ destinations: ['plnt', 'x'] }) },
      "/packages/a/destinations/0: there is no destination 'plnt'; did you mean 'plant'?",
      "/packages/a/destinations/1: there is no destination 'x'; expected 'plant' or 'lab'",
    ],
    [
      'an unknown target in the defaults',
      { targets: { linux }, defaults: { targets: ['windows'] } },
      "/defaults/targets/0: there is no target 'windows'; expected 'linux'",
    ],
    ['an extra that is no name', rule({ extras: ['a b'] }), "/packages/a/extras/0: expected the name of an extra, found 'a b'"],
  ]);

  it('that contradict each other in the defaults are reported there only', () => {
    expect(problemsWith({ defaults: { latestPer: 'minor' }, packages: { a: '*', b: { files: ['wheel'] } } })).toEqual([
      "/defaults: 'latestPer' means nothing without 'latest'; expected 'latest' too, the number of versions to take",
    ]);
  });

  it('that the schema refused are not reported twice', () => {
    expect(problemsWith({ packages: { a: { latest: 'x', latestPer: 'minor' } } })).toEqual([
      "/packages/a/latest: expected a whole number from 1, found 'x'",
    ]);
    expect(
      problemsWith({ packages: { a: { destinations: ['lab'] } }, destination: gone, destinations: { lab: { type: 'directory' } } }),
    ).toEqual(["/destinations/lab: the key 'path' is missing"]);
  });
});

describe('targets', () => {
  refuses([
    ['one without platform', { targets: { linux: { python: '3.12' } } }, "/targets/linux: the key 'platform' is missing"],
    [
      'a Python version as a number',
      { targets: { linux: { ...linux, python: 3.12 } } },
      '/targets/linux/python: expected a Python version X.Y as text such as "3.12", found 3.12',
    ],
    ['none', { targets: {} }, '/targets: expected at least one key, found an empty object'],
  ]);

  it('that no installer could be are refused with the reason', () => {
    const [problem, ...others] = problemsWith({ targets: { linux: { ...linux, platform: 'linux' } } });
    expect(problem).toMatch(/^\/targets\/linux: .*'linux'/);
    expect(others).toEqual([]);
  });
});

describe('patterns', () => {
  refuses([
    [
      'a malformed one in exclude',
      { all: true, exclude: ['django=>4'] },
      '/exclude/0: \'django=>4\' is not a valid requirement: expected a version specifier, ";" or nothing more at character 7; equality is written ==',
    ],
    [
      'an empty one in deny',
      { policy: { deny: [''] } },
      "/policy/deny/0: '' is not a valid requirement: expected a project name at the end",
    ],
    [
      'extras',
      { policy: { deny: ['celery[redis]'] } },
      "/policy/deny/0: 'celery[redis]' is neither a requirement nor a name glob; extras can play no part here: write a name and, if need be, versions",
    ],
    [
      'a marker',
      { destination: { ...upload, include: ['celery; os_name == "nt"'] } },
      '/destination/include/0: \'celery; os_name == "nt"\' is neither a requirement nor a name glob; a marker can play no part here: write a name and, if need be, versions',
    ],
    [
      'a URL',
      { destination: { ...upload, exclude: ['celery @ https://x.example/'] } },
      "/destination/exclude/0: 'celery @ https://x.example/' is neither a requirement nor a name glob; a URL can play no part here: write a name and, if need be, versions",
    ],
    [
      'versions where projects are meant',
      { unmanaged: ['celery>=5'] },
      "/unmanaged/0: 'celery>=5' names versions, but whole projects are meant here; expected a name or a name glob",
    ],
    [
      'versions in the names of a source',
      { source: { url: './w', names: ['acme<2'] } },
      "/source/names/0: 'acme<2' names versions, but whole projects are meant here; expected a name or a name glob",
    ],
    [
      'a package that others publish',
      { packages: { 'Acme.Tools': '*' }, unmanaged: ['acme-*'] },
      "/packages/Acme.Tools: 'Acme.Tools' is unmanaged too (by 'acme-*'); expected it in one of the two",
    ],
  ]);
});

describe('names of sources', () => {
  const sources = (names: Readonly<Record<string, readonly string[]>>) => ({
    source: gone,
    sources: Object.fromEntries(Object.entries(names).map(([name, globs]) => [name, { url: `./${name}`, names: globs }])),
  });
  refuses([
    [
      'one glob of two sources',
      sources({ a: ['acme-*'], b: ['Acme_*'] }),
      "/sources/b/names/0: source 'a' claims 'Acme_*' too; expected it once",
    ],
    ['one glob twice', sources({ a: ['acme-*', 'acme-*'] }), "/sources/a/names/1: 'acme-*' stands here twice; expected it once"],
    [
      'a package that two sources claim',
      { ...sources({ a: ['acme-*'], b: ['*-tools'] }), packages: { 'acme-tools': '*' } },
      "/packages/acme-tools: several sources claim 'acme-tools' (a, b); expected one",
    ],
    [
      'a package from another source than the one that claims it',
      { ...sources({ a: ['acme-*'], b: [] }), packages: { 'acme-tools': { source: 'b' } } },
      "/packages/acme-tools/source: source 'a' claims 'acme-tools' with its 'names', so it cannot come from 'b'",
    ],
    [
      'the same by the defaults',
      { ...sources({ a: ['acme-*'], b: [] }), defaults: { source: 'b' }, packages: { 'acme-tools': '*' } },
      "/packages/acme-tools: source 'a' claims 'acme-tools' with its 'names', so it cannot come from 'b'",
    ],
  ]);

  it('may be repeated by the rule that names the same source', () => {
    expect(
      problemsWith({ ...sources({ a: ['acme-*'], b: [] }), packages: { 'acme-tools': { source: 'a' }, celery: { source: 'b' } } }),
    ).toEqual([]);
  });
});

describe('prune, limits, policy and exceptions', () => {
  const exception = { what: 'numpy==2.3.1', gate: 'minAge', reason: 'reviewed', until: '2027-03-31' };
  refuses([
    ['an unknown word for prune', { prune: 'always' }, "/prune: expected 'never', 'tombstoned' or 'exact', found 'always'"],
    ['a key of prune that is no switch', { prune: { dropped: 'yes' } }, "/prune/dropped: expected true or false, found 'yes'"],
    ['an unknown key of prune', { prune: { unlsted: true } }, "/prune/unlsted: unknown key 'unlsted'; did you mean 'unlisted'?"],
    ['a mismatch that is overwritten', { onMismatch: 'overwrite' }, "/onMismatch: expected 'report' or 'replace', found 'overwrite'"],
    [
      'a percentage over 100',
      { limits: { maxRemove: { percent: 101 } } },
      '/limits/maxRemove/percent: expected a number from 0 to 100, found 101',
    ],
    [
      'a negative number of files',
      { limits: { maxReplace: { files: -1 } } },
      '/limits/maxReplace/files: expected a whole number from 0, found -1',
    ],
    [
      'a limit without content',
      { limits: { maxRemove: {} } },
      '/limits/maxRemove: expected an object with files, percent or both (then the larger counts), found an empty object',
    ],
    [
      'bytes of removals',
      { limits: { maxRemove: { bytes: 1 } } },
      "/limits/maxRemove/bytes: unknown key 'bytes'; expected 'files' or 'percent'",
    ],
    ['an unknown gate', { policy: { minage: '7d' } }, "/policy/minage: unknown key 'minage'; did you mean 'minAge'?"],
    ['an exception without end', { exceptions: [{ what: 'a', gate: 'deny', reason: 'x' }] }, "/exceptions/0: the key 'until' is missing"],
    [
      'an exception without reason',
      { exceptions: [{ ...exception, reason: '' }] },
      '/exceptions/0/reason: expected text, found an empty string',
    ],
    [
      'an exception for an unknown gate',
      { exceptions: [{ ...exception, gate: 'maxAge' }] },
      "/exceptions/0/gate: expected 'minAge', 'maxFileSize', 'deny' or 'requireSha256', found 'maxAge'; did you mean 'minAge'?",
    ],
    [
      'a day in another notation',
      { exceptions: [{ ...exception, until: '31.3.2027' }] },
      '/exceptions/0/until: expected a date YYYY-MM-DD such as "2027-03-31", found \'31.3.2027\'',
    ],
    [
      'a day that does not exist',
      { exceptions: [{ ...exception, until: '2027-02-30' }] },
      '/exceptions/0/until: \'2027-02-30\' is no day of the calendar; expected a date YYYY-MM-DD such as "2027-03-31"',
    ],
    [
      'an exception for nothing that can be named',
      { exceptions: [{ ...exception, what: 'numpy 2' }] },
      '/exceptions/0/what: \'numpy 2\' is not a valid requirement: expected a version specifier, ";" or nothing more at character 7; write an operator before the version, such as ==1.0 or >=1.0',
    ],
  ]);

  it('take the filename of a local version for what is excepted', () => {
    expect(problemsWith({ exceptions: [{ ...exception, what: 'torch-2.5.0+cpu-cp312-cp312-linux_x86_64.whl' }] })).toEqual([]);
  });
});

describe('the place of a problem', () => {
  it('is that of the key, where the key is wrong, and that of the value otherwise', () => {
    const text = `{
  "manifestVersion": 1, "source": "./wheels",
  "packages": { "a": "*", "A": "=1" },
  "sources": { "b": "./b" } }`;
    expect(problemsIn(text)).toEqual([
      "3:27: /packages/A: 'A' is the same project as 'a'; expected one entry per project",
      "3:32: /packages/A: '=1' is not a valid version specifier; a specifier starts with one of ~= == != <= >= < > ===",
      "4:3: /sources: both 'source' and 'sources' are given; expected one of them",
    ]);
  });
});
