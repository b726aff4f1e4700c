import { describeServer } from '../../../support/server-facts.ts';

describeServer({
  kind: 'codeartifact',
  path: '/pypi/repo/',
  simplePath: '/pypi/repo/simple/',
  stored: { status: 200 },
  storedIs: 'done',
  taken: [{ when: 'the name is taken', reply: { status: 409, reason: 'Conflict' }, is: 'exists' }],
  refusals: [
    { when: 'the token has expired', reply: { status: 401 }, is: 'UNAUTHORIZED', hint: 'twelve hours' },
    { when: 'no right', reply: { status: 403 }, is: 'FORBIDDEN' },
    { when: 'too large', reply: { status: 413 }, is: 'TOO_LARGE' },
    { when: 'it is throttled', reply: { status: 429 }, is: 'unclear' },
  ],
  register: 'unsupported',
  looksFirst: true,
  patience: 60,
  cannotRemove: 'whole versions',
});
