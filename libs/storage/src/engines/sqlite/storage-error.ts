import { DatakeepError, type DatakeepErrorOptions } from '@datakeep/kernel';
import type { Failure } from './failure.ts';

/** The DatakeepError for a thread's failure; `reason` goes into its cause, for the log. */
export function storageError(failure: Failure, reason?: string): DatakeepError {
  const retry: DatakeepErrorOptions =
    failure === 'storage-unreachable'
      ? { retryAfterSeconds: 1 }
      : failure === 'query-timeout'
        ? { retryAfterSeconds: 5 }
        : {};
  return new DatakeepError(failure, undefined, reason === undefined ? retry : { ...retry, cause: new Error(reason) });
}
