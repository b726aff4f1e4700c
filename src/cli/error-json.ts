import type { ErrorCode } from '../errors.ts';

/** What an error line tells; `path` names the file that it is about, where others go on. */
interface ToldError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly problems?: readonly string[] | undefined;
  readonly retryable?: boolean | undefined;
  readonly path?: string | undefined;
}

/** An error as one line of JSON with its line end (`schema/events.schema.json`). */
export function errorJson({ path, code, message, hint, problems = [], retryable = false }: ToldError): string {
  return `${JSON.stringify({ type: 'error', eventsVersion: 1, path, code, message, hint, problems, retryable })}\n`;
}
