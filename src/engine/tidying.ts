import { isPkgsyncError } from '../errors.ts';
import type { OnEvent } from '../events.ts';

/**
 * Runs what removes files of our own when all is done or has failed: where that is not possible they only take up space until the next apply, and
 * what the run came to, or why it failed, is what counts. So it is told as a warning.
 */
export function tidying(onEvent: OnEvent): (tidy: () => Promise<void>) => Promise<void> {
  return async (tidy) => {
    try {
      await tidy();
    } catch (error) {
      if (!isPkgsyncError(error, 'FILE_SYSTEM', 'DISK_FULL')) throw error;
      onEvent({ type: 'warning', message: `what this run kept for itself stays behind: ${error.message}` });
    }
  };
}
