import { DatakeepError } from '@datakeep/kernel';
import type { Failure } from './writer/write-messages.ts';

/** The DatakeepError that a thread's failure is told as. */
export function storageError(failure: Failure): DatakeepError {
  if (failure === 'storage-unreachable') return new DatakeepError(failure, undefined, { retryAfterSeconds: 1 });
  if (failure === 'query-timeout') return new DatakeepError(failure, undefined, { retryAfterSeconds: 5 });
  return new DatakeepError(failure);
}
