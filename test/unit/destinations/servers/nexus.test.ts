import { describeServer } from '../../../support/server-facts.ts';

describeServer({
  kind: 'nexus',
  path: '/repository/pypi-hosted/',
  simplePath: '/repository/pypi-hosted/simple/',
  stored: { status: 200 },
  storedIs: 'done',
  taken: [
    {
      when: 'redeploying is off (OrientDB)',
      reply: { status: 400, reason: 'Repository does not allow updating assets: pypi-hosted' },
      is: 'exists',
    },
    {
      when: 'redeploying is off (PostgreSQL, H2)',
      reply: { status: 400, body: 'pypi-hosted/packages/foo/1.0/foo-1.0.tar.gz cannot be updated' },
      is: 'exists',
    },
  ],
  refusals: [
    {
      when: 'the repository is read-only',
      reply: { status: 400, body: 'pypi-hosted is read-only' },
      is: 'REFUSED',
      hint: 'Disable redeploy',
    },
    {
      when: 'all of Nexus is read-only',
      reply: { status: 503, body: 'Nexus Repository Manager is in read-only mode' },
      is: 'REFUSED',
      hint: 'read-only mode',
    },
    { when: 'it is down', reply: { status: 503 }, is: 'unclear' },
    { when: 'the digests differ', reply: { status: 400, body: 'Digests do not match' }, is: 'REFUSED' },
    { when: 'a group or a proxy (404)', reply: { status: 404 }, is: 'REFUSED', hint: 'only hosted repositories' },
    { when: 'a group or a proxy (405)', reply: { status: 405 }, is: 'REFUSED', hint: 'only hosted repositories' },
    { when: 'no credentials', reply: { status: 401 }, is: 'UNAUTHORIZED' },
    { when: 'no right', reply: { status: 403 }, is: 'FORBIDDEN' },
    { when: 'a proxy before it finds the file too large', reply: { status: 413 }, is: 'TOO_LARGE' },
  ],
  register: 'unsupported',
  looksFirst: true,
  patience: 3,
  asks: ['GET /service/rest/v1/repositories/pypi-hosted'],
  replaces: 'by removal',
});
