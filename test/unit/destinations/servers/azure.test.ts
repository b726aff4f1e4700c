import { describeServer } from '../../../support/server-facts.ts';

describeServer({
  kind: 'azure',
  path: '/org/_packaging/feed/pypi/upload/',
  simplePath: '/org/_packaging/feed/pypi/simple/',
  stored: { status: 202 },
  storedIs: 'unclear',
  taken: [
    {
      when: 'the name is taken',
      reply: {
        status: 409,
        json: {
          message: "The feed already contains file 'foo-1.0.tar.gz' in package 'foo 1.0'.",
          typeKey: 'PackageAlreadyExistsException',
        },
      },
      is: 'exists',
    },
  ],
  refusals: [
    { when: 'it stored the file and says that it is down', reply: { status: 503 }, is: 'unclear' },
    { when: 'the token is wrong', reply: { status: 401 }, is: 'UNAUTHORIZED', hint: 'Packaging (read and write)' },
    { when: 'no right', reply: { status: 403 }, is: 'FORBIDDEN' },
    { when: 'too large', reply: { status: 413 }, is: 'TOO_LARGE' },
  ],
  register: 'unsupported',
  looksFirst: true,
  patience: 60,
  cannotRemove: 'whole versions',
});
