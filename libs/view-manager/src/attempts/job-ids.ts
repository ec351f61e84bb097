const prefix = 'run-';

/** A run's job on the queue: 24 hex digits alone may be all digits, which BullMQ refuses. */
export function jobIdOf(runId: string): string {
  return prefix + runId;
}

export function runIdOf(jobId: string): string {
  return jobId.slice(prefix.length);
}
