import { describe, expect, it } from '@jest/globals';
import { classifyUpload } from '../../../src/destinations/upload-answer.ts';
import { isPkgsyncError, type PkgsyncError } from '../../../src/errors.ts';

const context = { doing: 'upload foo-1.0.tar.gz', address: 'https://index.example/', credentialsSent: true };

interface Case {
  readonly from: string;
  readonly status: number;
  readonly reason?: string;
  readonly body?: string;
  readonly contentType?: string | undefined;
  /** Outcome or error code. */
  readonly is: string;
}

/** Answers as the servers' source or captured responses have them. */
const answers: readonly Case[] = [
  { from: 'PyPI, a new file or the same bytes again', status: 200, is: 'done' },
  { from: 'GitLab, Gitea', status: 201, body: '{"message":"201 Created"}', is: 'done' },
  { from: 'a server without body', status: 204, is: 'done' },
  { from: 'Pulp: queued', status: 202, body: '{"task":"/pulp/api/v3/tasks/1/"}', is: 'unclear' },
  { from: 'devpi, same bytes', status: 200, reason: 'Upload of identical file to non volatile index.', is: 'exists' },
  { from: 'devpi, other bytes', status: 409, reason: 'foo-1.0.tar.gz already exists in non-volatile index', is: 'exists' },
  {
    from: 'pypiserver',
    status: 409,
    body: '<html><body><h1>Error: 409 Conflict</h1><pre>Package already exists!</pre></body></html>',
    is: 'exists',
  },
  {
    from: 'PyPI, other bytes',
    status: 400,
    reason: "File already exists ('foo-1.0.tar.gz', with blake2_256 hash 'x'). See https://pypi.org/help/",
    is: 'exists',
  },
  {
    from: 'PyPI, a deleted name',
    status: 400,
    reason: 'This filename was previously used by a file that has since been deleted. Use a different version.',
    is: 'REFUSED',
  },
  { from: 'Pulp', status: 400, reason: 'Package foo-1.0.tar.gz already exists in index', is: 'exists' },
  { from: 'Nexus with OrientDB', status: 400, reason: 'Repository does not allow updating assets: pypi-hosted', is: 'exists' },
  { from: 'Nexus with PostgreSQL', status: 400, body: 'pypi/packages/foo/1.0/foo-1.0.tar.gz cannot be updated', is: 'exists' },
  {
    from: 'GitLab',
    status: 400,
    body: '{"message":"400 Bad request - Validation failed: File name has already been taken"}',
    is: 'exists',
  },
  { from: 'Google Artifact Registry', status: 400, body: 'requested entity already exists', is: 'exists' },
  { from: 'Gitea', status: 409, is: 'exists' },
  { from: 'Azure', status: 409, body: '{"typeKey":"PackageAlreadyExistsException"}', is: 'exists' },
  {
    from: 'PyPI, a name too close to another',
    status: 400,
    reason: "The name 'foo' is too similar to an existing project.",
    is: 'REFUSED',
  },
  { from: 'PyPI, a name clash', status: 409, reason: "The name 'foo' conflicts with an existing project.", is: 'REFUSED' },
  { from: 'PyPI, metadata', status: 400, reason: "'nonsense' is an invalid value for Classifier.", is: 'REFUSED' },
  { from: 'PyPI, too large', status: 400, reason: 'File too large. Limit for project foo is 100 MB.', is: 'TOO_LARGE' },
  { from: 'GitLab, too large', status: 400, body: '{"message":"400 Bad request - File is too large"}', is: 'TOO_LARGE' },
  {
    from: 'nginx',
    status: 413,
    body: '<html><head><title>413</title></head><body>Request Entity Too Large</body></html>',
    is: 'TOO_LARGE',
  },
  { from: 'pypiserver without credentials', status: 401, is: 'UNAUTHORIZED' },
  {
    from: 'PyPI, bad token',
    status: 403,
    reason: 'Invalid or non-existent authentication information. See https://pypi.org/help/',
    is: 'UNAUTHORIZED',
  },
  { from: 'PyPI, a password', status: 403, reason: 'Username/Password authentication is no longer supported.', is: 'UNAUTHORIZED' },
  { from: 'PyPI, not the owner', status: 403, reason: "The user 'x' isn't allowed to upload to project 'foo'.", is: 'FORBIDDEN' },
  { from: 'devpi, not in acl_upload', status: 403, reason: 'no permission to submit', is: 'FORBIDDEN' },
  {
    from: 'Artifactory, no right to overwrite',
    status: 403,
    body: '{"errors":[{"status":403,"message":"Not enough permissions to delete/overwrite artifact"}]}',
    is: 'unclear',
  },
  { from: 'Artifactory that hides', status: 404, body: 'Could not locate artifact', is: 'unclear' },
  { from: 'devpi, no such stage', status: 404, reason: 'The stage u/i could not be found.', is: 'REFUSED' },
  { from: 'a simple index', status: 405, is: 'REFUSED' },
  { from: 'PyPI without final slash', status: 400, reason: 'POST body may not contain duplicate keys (URL: x)', is: 'REFUSED' },
  { from: 'PyPI, the old API', status: 410, is: 'REFUSED' },
  { from: 'rate limit', status: 429, is: 'unclear' },
  { from: 'a slow client', status: 408, is: 'unclear' },
  { from: 'Azure after storing the file', status: 503, is: 'unclear' },
  { from: 'a full disk', status: 507, is: 'REFUSED' },
  { from: 'a crash', status: 500, body: 'Traceback …', is: 'unclear' },
  { from: 'a redirect that nobody looked at', status: 302, is: 'REFUSED' },
];

function classify(answer: Case, credentialsSent = true): { readonly outcome: string } | PkgsyncError {
  const { status, reason = '', body = '', contentType } = answer;
  try {
    return classifyUpload({ status, reason, body, contentType }, { ...context, credentialsSent });
  } catch (error) {
    if (isPkgsyncError(error)) return error;
    throw error;
  }
}

describe('classifyUpload', () => {
  it.each(answers)('takes $status of $from as $is', (answer) => {
    const result = classify(answer);
    expect('outcome' in result ? result.outcome : result.code).toBe(answer.is);
  });

  it('repeats the message of the server, with status and address', () => {
    const { message, status } = classify(answers.find(({ from }) => from === 'PyPI, metadata')!) as PkgsyncError;
    expect(message).toBe(
      "cannot upload foo-1.0.tar.gz: https://index.example/ refused it (400 'nonsense' is an invalid value for Classifier.)",
    );
    expect(status).toBe(400);
  });

  it.each([
    ['JSON with a code', '{"message":"long","code":"400 Bad name","title":"Bad Request"}', undefined, 'Bad name'],
    ['JSON of Artifactory', '{"errors":[{"status":400,"message":"No such repo"}]}', undefined, 'No such repo'],
    ['JSON of Django', '{"content":["This field is required."]}', undefined, 'content: This field is required.'],
    [
      'HTML',
      '<html><head><title>x</title><style>b{}</style></head><body><h1>Bad</h1>\n<p>name &amp; version</p><script>1</script></body></html>',
      'text/html',
      'Bad name & version',
    ],
    ['plain text', 'Bad\n  name', 'text/plain', 'Bad name'],
  ])('finds the message in %s', (_, body, contentType, words) => {
    const error = classify({ from: '', status: 400, reason: 'Bad Request', body, contentType, is: '' }) as PkgsyncError;
    expect(error.message).toBe(`cannot upload foo-1.0.tar.gz: https://index.example/ refused it (400 Bad Request): ${words}`);
  });

  it.each(['nginx', 'nginx/1.22.1', 'nginx/1.18.0 (Ubuntu)', 'openresty/1.25.3.1'])('does not repeat the error page of %s', (name) => {
    const body = `<html><head><title>507</title></head><body><center><h1>507 Insufficient Storage</h1></center><hr><center>${name}</center></body>`;
    const error = classify({
      from: '',
      status: 507,
      reason: 'Insufficient Storage',
      body,
      contentType: 'text/html',
      is: '',
    }) as PkgsyncError;
    expect(error.message).toBe('cannot upload foo-1.0.tar.gz: https://index.example/ refused it (507 Insufficient Storage)');
    expect(error.hint).toContain('no room left');
  });

  it('makes hostile words harmless', () => {
    const error = classify({ from: '', status: 400, body: `\u001b[31m\u202e${'x'.repeat(5000)}`, is: '' }) as PkgsyncError;
    expect(error.message).toContain('\\u001b[31m\\u202exxx');
    expect(error.message.length).toBeLessThan(500);
  });

  it('survives deeply nested JSON', () => {
    const error = classify({
      from: '',
      status: 400,
      reason: 'Bad Request',
      body: `${'['.repeat(3000)}"deep"${']'.repeat(3000)}`,
      is: '',
    }) as PkgsyncError;
    expect(error.message).toContain('refused it (400 Bad Request)');
  });

  it('says whether credentials were missing or wrong', () => {
    expect((classify({ from: '', status: 401, is: '' }, false) as PkgsyncError).message).toContain('requires credentials');
    expect((classify({ from: '', status: 401, is: '' }, true) as PkgsyncError).message).toContain('rejected the credentials');
    expect((classify({ from: '', status: 403, is: '' }, false) as PkgsyncError).message).toContain(
      'does not allow this without credentials',
    );
  });

  it('says where to upload to PyPI after the answer to the missing slash', () => {
    const { hint } = classify(answers.find(({ from }) => from === 'PyPI without final slash')!) as PkgsyncError;
    expect(hint).toContain('https://upload.pypi.org/legacy/');
  });

  it('keeps status and words of an unclear answer, for the report', () => {
    expect(classify({ from: '', status: 503, reason: 'Service Unavailable', body: '', is: '' })).toEqual({
      outcome: 'unclear',
      status: 503,
      reason: 'Service Unavailable',
    });
  });
});
