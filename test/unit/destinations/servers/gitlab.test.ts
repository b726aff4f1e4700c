import { describeServer } from '../../../support/server-facts.ts';

const path = '/api/v4/projects/12/packages/pypi';

describeServer({
  kind: 'gitlab',
  path,
  simplePath: `${path}/simple/`,
  stored: { status: 201, json: { message: '201 Created' } },
  storedIs: 'done',
  taken: [
    {
      when: 'the version has a file of that name',
      reply: { status: 400, json: { message: '400 Bad request - Validation failed: File name has already been taken' } },
      is: 'exists',
    },
  ],
  refusals: [
    {
      when: 'the project cannot be seen',
      reply: { status: 404, json: { message: '404 Project Not Found' } },
      is: 'REFUSED',
      hint: 'may not see',
    },
    {
      when: 'a protected package',
      reply: { status: 403, json: { message: '403 Forbidden - Package protected.' } },
      is: 'FORBIDDEN',
      hint: 'protection rule',
    },
    { when: 'no right', reply: { status: 403, json: { message: '403 Forbidden' } }, is: 'FORBIDDEN' },
    { when: 'a bad token', reply: { status: 401 }, is: 'UNAUTHORIZED' },
    { when: 'too large', reply: { status: 400, json: { message: '400 Bad request - File is too large' } }, is: 'TOO_LARGE' },
    { when: 'no sha256 under FIPS', reply: { status: 422 }, is: 'REFUSED' },
    { when: 'too many requests', reply: { status: 429, headers: { 'retry-after': '60' } }, is: 'unclear' },
  ],
  register: 'not-needed',
  looksFirst: false,
  patience: 3,
});
