import { describeServer } from '../../../support/server-facts.ts';

const path = '/api/packages/owner/pypi';

describeServer({
  kind: 'gitea',
  path,
  simplePath: `${path}/simple/`,
  stored: { status: 201 },
  storedIs: 'done',
  taken: [
    { when: 'the name is taken', reply: { status: 409 }, is: 'exists' },
    { when: 'the name is taken, in old versions', reply: { status: 400, body: 'package file already exists' }, is: 'exists' },
  ],
  refusals: [
    { when: 'the digest is wrong', reply: { status: 400, body: 'hash mismatch' }, is: 'REFUSED', hint: 'try again' },
    { when: 'no right, or no quota left', reply: { status: 403 }, is: 'FORBIDDEN', hint: 'write:package' },
    { when: 'no credentials', reply: { status: 401 }, is: 'UNAUTHORIZED' },
    { when: 'no such owner', reply: { status: 404 }, is: 'REFUSED' },
    { when: 'too large', reply: { status: 413 }, is: 'TOO_LARGE' },
  ],
  register: 'not-needed',
  looksFirst: false,
  patience: 3,
  cannotRemove: 'whole versions',
});
