import type { Explained } from '../command.ts';

/** Of commands that know the manifest only. */
export const manifestFile: Explained = [['pkgsync.json', 'The manifest (--manifest): what a destination must hold']];

/** Files of every command that works from a manifest. */
export const stateFiles: Explained = [
  ...manifestFile,
  ['pkgsync.lock', 'The lock beside it (--lockfile): approved files and their digests'],
];

/** Of commands that open connections. */
export const networkVariables: Explained = [
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'The proxy to go through, and hosts that are reached without'],
  ['NETRC', 'File with credentials by host, instead of ~/.netrc'],
  [
    'SSL_CERT_FILE, NODE_EXTRA_CA_CERTS',
    'Files with certificates of authorities to trust too, as --ca-file; SSL_CERT_DIR: folders of them',
  ],
];

/** Of commands that take credentials from what the manifest names. */
export const manifestVariables: Explained = [
  ['PKGSYNC_SOURCE_PASSWORD', 'With _USERNAME or _TOKEN likewise: credentials of the source; for one with a name PKGSYNC_<NAME>_PASSWORD'],
  ['PKGSYNC_DESTINATION_PASSWORD', 'The same for the destination; auth in the manifest may name other variables'],
  ...networkVariables,
];

/** Of commands that read an index without a manifest. */
export const sourceVariables: Explained = [
  ['PIP_INDEX_URL, PIP_EXTRA_INDEX_URL', 'Credentials in them, and in pip.conf, serve a source of the same origin'],
  ['UV_INDEX, UV_DEFAULT_INDEX', 'Likewise, with UV_INDEX_<NAME>_USERNAME and _PASSWORD'],
  ['PIP_CERT', 'Or REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE: authorities to trust too, where --ca-file names none'],
  ...networkVariables,
];

/** Of commands that upload as twine does. */
export const uploadVariables: Explained = [
  ['TWINE_REPOSITORY, TWINE_REPOSITORY_URL', 'Where to, where no flag says it'],
  ['TWINE_USERNAME, TWINE_PASSWORD', 'As whom, where no flag says it'],
  ['UV_PUBLISH_URL', 'Where to, after those'],
  ['UV_PUBLISH_TOKEN', 'Or _USERNAME and _PASSWORD: as whom, for the origin of UV_PUBLISH_URL (PyPI without it) only'],
  ['TWINE_NON_INTERACTIVE', 'Never ask for a password'],
  ['ACTIONS_ID_TOKEN_REQUEST_URL, PYPI_ID_TOKEN', 'And their like: what GitHub Actions and GitLab CI give for trusted publishing'],
  ['TWINE_CERT', 'Or REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE: authorities to trust too, where --ca-file names none'],
  ['TWINE_CLIENT_CERT', 'Client certificate with its key, where --client-cert names none'],
  ...networkVariables,
];

export const uploadFiles: Explained = [['~/.pypirc', 'Repositories and who goes there (--config-file)']];
