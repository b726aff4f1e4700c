import { describeServer } from '../../../support/server-facts.ts';

describeServer({
  kind: 'cloudsmith',
  path: '/owner/repo/',
  simplePath: '/owner/repo/simple/',
  stored: { status: 201 },
  storedIs: 'done',
  taken: [{ when: 'the setting forbids to republish', reply: { status: 409 }, is: 'exists' }],
  refusals: [
    { when: 'no credentials', reply: { status: 401 }, is: 'UNAUTHORIZED' },
    { when: 'no right', reply: { status: 403 }, is: 'FORBIDDEN' },
    { when: 'too large', reply: { status: 413 }, is: 'TOO_LARGE' },
  ],
  register: 'unsupported',
  looksFirst: true,
  patience: 3,
  cannotRemove: 'an API at another host',
});
