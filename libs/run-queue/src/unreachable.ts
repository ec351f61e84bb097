import { DatakeepError } from '@datakeep/kernel';

export function unreachable(cause: unknown): DatakeepError {
  return new DatakeepError('run-queue-unreachable', undefined, { retryAfterSeconds: 5, cause });
}
