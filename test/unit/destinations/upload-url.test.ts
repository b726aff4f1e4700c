import { describe, expect, it } from '@jest/globals';
import { defaultSimpleUrl, parseUploadUrl } from '../../../src/destinations/upload-url.ts';
import { serverByUrl } from '../../../src/destinations/servers/all.ts';
import type { ServerKind } from '../../../src/destinations/servers/profile.ts';
import { PkgsyncError } from '../../../src/errors.ts';

function refusal(url: string): PkgsyncError {
  try {
    parseUploadUrl(url);
  } catch (error) {
    if (error instanceof PkgsyncError) return error;
    throw error;
  }
  throw new Error(`${url} was not refused`);
}

describe('parseUploadUrl', () => {
  it.each([
    ['https://upload.pypi.org/legacy', 'https://upload.pypi.org/legacy/'],
    ['https://test.pypi.org/legacy', 'https://test.pypi.org/legacy/'],
    ['https://pulp.example/pypi/main/legacy', 'https://pulp.example/pypi/main/legacy/'],
    ['https://nexus.example/repository/pypi', 'https://nexus.example/repository/pypi/'],
    ['https://example.com/nexus/repository/pypi', 'https://example.com/nexus/repository/pypi/'],
    ['https://d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/repo', 'https://d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/repo/'],
    ['https://europe-python.pkg.dev/project/repo', 'https://europe-python.pkg.dev/project/repo/'],
    ['https://python.cloudsmith.io/owner/repo', 'https://python.cloudsmith.io/owner/repo/'],
  ])('adds the slash to %s, without which servers misunderstand', (written, url) => {
    expect(parseUploadUrl(written).href).toBe(url);
  });

  it('drops the slash that GitLab does not document', () => {
    const right = 'https://gitlab.example/api/v4/projects/a%2Fb/packages/pypi';
    expect(parseUploadUrl(`${right}/`).href).toBe(right);
  });

  it('judges by the configured kind what the address does not give away', () => {
    expect(parseUploadUrl('https://pypi.corp.example/legacy', 'pypi').href).toBe('https://pypi.corp.example/legacy/');
  });

  it.each([
    'https://upload.pypi.org/legacy/',
    'http://localhost:8080/',
    'https://devpi.example/user/index',
    'https://gitlab.example/api/v4/projects/12/packages/pypi',
    'https://af.example/artifactory/api/pypi/local',
    'https://gitea.example/api/packages/me/pypi',
    'https://pulp.example/pypi/main/simple/',
    'https://pkgs.dev.azure.com/org/_packaging/feed/pypi/upload/',
  ])('leaves %s as it is', (url) => {
    expect(parseUploadUrl(url).href).toBe(url);
  });

  it.each([
    ['https://pypi.org/simple/', 'https://upload.pypi.org/legacy/'],
    ['https://pypi.org/legacy/', 'https://upload.pypi.org/legacy/'],
    ['https://pypi.org/pypi', 'https://upload.pypi.org/legacy/'],
    ['https://pypi.python.org/pypi', 'https://upload.pypi.org/legacy/'],
    ['https://upload.pypi.io/legacy/', 'https://upload.pypi.org/legacy/'],
    ['http://upload.pypi.org/legacy/', 'https://upload.pypi.org/legacy/'],
    ['https://test.pypi.org/simple/', 'https://test.pypi.org/legacy/'],
    ['https://testpypi.python.org/pypi', 'https://test.pypi.org/legacy/'],
    ['https://devpi.example/user/index/+simple/', 'https://devpi.example/user/index/'],
    ['https://gitlab.example/api/v4/projects/12/packages/pypi/simple', 'https://gitlab.example/api/v4/projects/12/packages/pypi'],
    ['https://af.example/artifactory/api/pypi/local/simple/', 'https://af.example/artifactory/api/pypi/local'],
    ['https://gitea.example/api/packages/me/pypi/simple', 'https://gitea.example/api/packages/me/pypi'],
    ['https://nexus.example/repository/pypi/simple/', 'https://nexus.example/repository/pypi/'],
    ['https://pkgs.dev.azure.com/org/_packaging/feed/pypi/simple/', 'https://pkgs.dev.azure.com/org/_packaging/feed/pypi/upload/'],
    [
      'https://d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/repo/simple/',
      'https://d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/repo/',
    ],
    ['https://europe-python.pkg.dev/project/repo/simple/', 'https://europe-python.pkg.dev/project/repo/'],
    ['https://dl.cloudsmith.io/basic/owner/repo/python/simple/', 'https://python.cloudsmith.io/owner/repo/'],
    ['https://dl.cloudsmith.io/public/owner/repo/python/simple/', 'https://python.cloudsmith.io/owner/repo/'],
  ])('refuses %s and names the right address', (written, right) => {
    const error = refusal(written);
    expect(error.code).toBe('USAGE');
    expect(error.hint).toBe(`configure ${right}`);
  });

  it('refuses a GitLab group, which takes no uploads', () => {
    expect(refusal('https://gitlab.example/api/v4/groups/7/-/packages/pypi/simple').message).toContain('projects only');
  });

  it.each(['ftp://example.com/', 'not a URL', '', '/path'])('refuses %j', (written) => {
    expect(refusal(written).code).toBe('USAGE');
  });

  it('refuses user and password in the URL without repeating them', () => {
    const error = refusal('https://ci:s3cret@index.example/');
    expect(error.code).toBe('USAGE');
    expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(/s3cret|ci:/);
  });
});

describe('defaultSimpleUrl', () => {
  const cases: readonly (readonly [string, ServerKind, string])[] = [
    ['https://upload.pypi.org/legacy/', 'pypi', 'https://pypi.org/simple/'],
    ['https://test.pypi.org/legacy/', 'pypi', 'https://test.pypi.org/simple/'],
    ['https://warehouse.corp/legacy/', 'pypi', 'https://warehouse.corp/simple/'],
    ['http://localhost:8080/', 'pypiserver', 'http://localhost:8080/simple/'],
    ['http://localhost:8080/sub', 'pypiserver', 'http://localhost:8080/sub/simple/'],
    ['https://devpi.example/user/index', 'devpi', 'https://devpi.example/user/index/+simple/'],
    ['https://pulp.example/pypi/main/legacy/', 'generic', 'https://pulp.example/pypi/main/simple/'],
    ['https://pulp.example/pypi/main/simple/', 'generic', 'https://pulp.example/pypi/main/simple/'],
    ['https://nexus.example/repository/pypi/', 'generic', 'https://nexus.example/repository/pypi/simple/'],
    [
      'https://gitlab.example/api/v4/projects/12/packages/pypi',
      'generic',
      'https://gitlab.example/api/v4/projects/12/packages/pypi/simple/',
    ],
    [
      'https://pkgs.dev.azure.com/org/_packaging/feed/pypi/upload',
      'generic',
      'https://pkgs.dev.azure.com/org/_packaging/feed/pypi/simple/',
    ],
    ['https://python.cloudsmith.io/owner/repo/', 'generic', 'https://dl.cloudsmith.io/basic/owner/repo/python/simple/'],
    ['https://index.example/?x=y', 'generic', 'https://index.example/simple/'],
  ];

  it.each(cases)('of %s (%s) is %s', (url, kind, simple) => {
    expect(defaultSimpleUrl(new URL(url), kind).href).toBe(simple);
  });
});

describe('serverByUrl', () => {
  it.each([
    ['https://upload.pypi.org/legacy/', 'PyPI'],
    ['https://org.pkgs.visualstudio.com/_packaging/feed/pypi/upload/', 'Azure Artifacts'],
    ['https://d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/repo/', 'AWS CodeArtifact'],
    ['https://europe-python.pkg.dev/project/repo/', 'Google Artifact Registry'],
    ['https://python.cloudsmith.io/owner/repo/', 'Cloudsmith'],
    ['https://corp.jfrog.io/artifactory/api/pypi/local', 'Artifactory'],
    ['https://gitlab.example/api/v4/projects/a%2Fb/packages/pypi', 'GitLab'],
    ['https://codeberg.example/api/packages/me/pypi', 'Gitea or Forgejo'],
    ['https://nexus.example/repository/pypi/', 'Nexus'],
    ['https://pulp.example/pypi/main/legacy/', 'Pulp'],
    ['https://pulp.example/pypi/domain/main/legacy/', 'Pulp'],
    ['https://x.example/user/index/+simple/', 'devpi'],
    ['https://index.example/pypi/', undefined],
    ['https://notpypi.org/legacy/', undefined],
    ['https://upload.pypi.org.evil.example/legacy/', undefined],
  ])('takes %s for %s', (url, title) => {
    expect(serverByUrl(new URL(url))?.title).toBe(title);
  });
});
