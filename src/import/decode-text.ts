import { TextDecoder } from 'node:util';
import { isNativeError } from 'node:util/types';
import { isPkgsyncError, printable } from '../errors.ts';
import { invalidImport } from './imported.ts';

/**
 * The text of a file: a byte order mark decides, else (`codingLines`) a coding line among the first two as PEP 263 has it, else it is UTF-8.
 * @throws PkgsyncError IMPORT_INVALID: an encoding that is not known, bytes that are not of it
 */
export function decodeText(bytes: Uint8Array, label: string, { codingLines }: { readonly codingLines: boolean }): string {
  const declared = markOf(bytes) ?? (codingLines ? codingOf(bytes) : undefined) ?? 'utf-8';
  try {
    return decoderOf(declared, label).decode(bytes);
  } catch (error) {
    if (isPkgsyncError(error) || !isNativeError(error)) throw error;
    throw invalidImport(label, `not ${printable(declared, 30)} text`, { hint: 'save it as UTF-8', cause: error });
  }
}

function decoderOf(encoding: string, label: string): TextDecoder {
  try {
    return new TextDecoder(labelOf(encoding), { fatal: true });
  } catch (error) {
    if (!isNativeError(error)) throw error;
    throw invalidImport(label, `its encoding '${printable(encoding, 30)}' is not known`, { hint: 'save it as UTF-8', cause: error });
  }
}

/** The web's name for an encoding that Python calls otherwise. */
function labelOf(encoding: string): string {
  const lower = encoding.toLowerCase().replace(/_/g, '-');
  if (lower === 'latin-1') return 'latin1';
  return lower === 'utf-8-sig' ? 'utf-8' : lower.replace(/^iso8859-/, 'iso-8859-');
}

function markOf([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return undefined;
}

function codingOf(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  for (const line of start.split('\n', 2)) {
    const coding = line.startsWith('#') ? /coding[:=]\s*([-\w.]+)/.exec(line)?.[1] : undefined;
    if (coding !== undefined) return coding;
  }
  return undefined;
}
