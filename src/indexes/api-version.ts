import { PkgsyncError, printable } from '../errors.ts';

/** Newest version of the simple repository API whose meaning is known here; only the major part is binding. */
const supported = { major: 1, minor: 4 };

export interface ApiVersion {
  readonly apiVersion: string;
  readonly warnings: readonly string[];
}

/**
 * Judges a page's API version: https://packaging.python.org/en/latest/specifications/simple-repository-api/#versioning-pypi-s-simple-api
 * A newer minor version and an unreadable one are warnings; an absent one is 1.0.
 * @param label the page's URL without secrets
 * @throws PkgsyncError BAD_RESPONSE for a newer major version
 */
export function checkApiVersion(written: unknown, label: string): ApiVersion {
  if (written === undefined) return { apiVersion: '1.0', warnings: [] };
  const [, major, minor] = typeof written === 'string' ? (/^\s*(\d{1,9})\.(\d{1,9})\s*$/.exec(written) ?? []) : [];
  if (major === undefined || minor === undefined) {
    return { apiVersion: '1.0', warnings: [`${label} names no readable API version; read as 1.0`] };
  }
  const apiVersion = `${Number(major)}.${Number(minor)}`;
  if (Number(major) > supported.major) {
    throw new PkgsyncError('BAD_RESPONSE', `${label} speaks version ${printable(apiVersion)} of the simple API, which is not supported`, {
      hint: 'a newer pkgsync may know it',
    });
  }
  const newer = Number(major) === supported.major && Number(minor) > supported.minor;
  return {
    apiVersion,
    warnings: newer
      ? [`${label} speaks version ${apiVersion} of the simple API; what is newer than ${supported.major}.${supported.minor} is ignored`]
      : [],
  };
}
