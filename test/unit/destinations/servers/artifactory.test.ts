import { describeServer } from '../../../support/server-facts.ts';

const denied = (message: string) => ({ status: 403, json: { errors: [{ status: 403, message }] } });

describeServer({
  kind: 'artifactory',
  path: '/artifactory/api/pypi/pypi-local',
  simplePath: '/artifactory/api/pypi/pypi-local/simple/',
  stored: { status: 200 },
  storedIs: 'done',
  taken: [
    { when: 'no right to overwrite', reply: denied("Not enough permissions to delete/overwrite artifact 'foo'"), is: 'unclear' },
    { when: 'no right to overwrite, older', reply: denied('Not enough permissions to overwrite artifact'), is: 'unclear' },
    { when: 'no right to overwrite, newer', reply: denied('User needs to overwrite all artifacts under foo/1.0'), is: 'unclear' },
    { when: 'no right to overwrite what is hidden', reply: { status: 404, body: 'Could not locate artifact' }, is: 'unclear' },
  ],
  refusals: [
    { when: 'no such repository', reply: { status: 404 }, is: 'REFUSED', hint: 'name of the repository' },
    { when: 'no credentials', reply: { status: 401 }, is: 'UNAUTHORIZED' },
    { when: 'no right to deploy', reply: denied('Forbidden'), is: 'FORBIDDEN' },
    { when: 'too large', reply: { status: 413 }, is: 'TOO_LARGE' },
    { when: 'it is down', reply: { status: 502 }, is: 'unclear' },
  ],
  register: 'unsupported',
  looksFirst: true,
  patience: 60,
  asks: ['GET /artifactory/api/repositories/pypi-local'],
  replaces: 'by an upload',
});
