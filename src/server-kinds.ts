/** Kinds of server that take uploads and behave differently enough to have a profile; everything else is `generic`. */
export const uploadServerKinds = [
  'pypi',
  'devpi',
  'pypiserver',
  'nexus',
  'artifactory',
  'gitlab',
  'gitea',
  'pulp',
  'codeartifact',
  'azure',
  'google',
  'cloudsmith',
  'generic',
] as const;
export type UploadServerKind = (typeof uploadServerKinds)[number];
