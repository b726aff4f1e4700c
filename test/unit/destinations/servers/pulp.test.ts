import { describeServer } from '../../../support/server-facts.ts';

describeServer({
  kind: 'pulp',
  path: '/pypi/main/legacy/',
  simplePath: '/pypi/main/simple/',
  stored: { status: 202, json: { task: '/pulp/api/v3/tasks/1/' } },
  storedIs: 'unclear',
  taken: [{ when: 'the name is taken', reply: { status: 400, reason: 'Package foo-1.0.tar.gz already exists in index' }, is: 'exists' }],
  refusals: [
    {
      when: 'uploads are switched off',
      reply: { status: 403, reason: 'Index is not allowing uploads' },
      is: 'FORBIDDEN',
      hint: 'allow_uploads',
    },
    {
      when: 'the distribution serves a publication',
      reply: { status: 400, reason: 'Index is not pointing to a repository' },
      is: 'REFUSED',
      hint: 'give the distribution a repository',
    },
    { when: 'no such distribution', reply: { status: 404 }, is: 'REFUSED' },
    { when: 'no credentials', reply: { status: 401 }, is: 'UNAUTHORIZED' },
    { when: 'a field is wrong', reply: { status: 400, json: { sha256_digest: ['This field is required.'] } }, is: 'REFUSED' },
    { when: 'a proxy before it finds the file too large', reply: { status: 413 }, is: 'TOO_LARGE' },
  ],
  register: 'not-needed',
  looksFirst: true,
  patience: 60,
  cannotRemove: 'has no removal',
});
