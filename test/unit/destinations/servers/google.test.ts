import { describeServer } from '../../../support/server-facts.ts';

describeServer({
  kind: 'google',
  path: '/project/repo/',
  simplePath: '/project/repo/simple/',
  stored: { status: 200 },
  storedIs: 'done',
  taken: [{ when: 'the name is taken', reply: { status: 400, body: 'Requested entity already exists' }, is: 'exists' }],
  refusals: [
    { when: 'the token has expired', reply: { status: 401 }, is: 'UNAUTHORIZED', hint: 'oauth2accesstoken' },
    { when: 'no right', reply: { status: 403 }, is: 'FORBIDDEN' },
    { when: 'too large', reply: { status: 413 }, is: 'TOO_LARGE' },
  ],
  register: 'unsupported',
  looksFirst: true,
  patience: 3,
  cannotRemove: 'an API at another host',
});
