import type { ExecutionOutcome, Isolation, RunError } from '@datakeep/contracts';

/** The outcome of a run of which no usage is known: it never started, or another program did not report any. */
export function outcomeWithoutUsage(
  state: 'failed' | 'cancelled',
  error: RunError,
  isolation: Isolation,
  wallMs = 0,
): ExecutionOutcome {
  const usage = {
    wallMs: Math.round(wallMs * 100) / 100,
    cpuMs: 0,
    peakMemoryMiB: 0,
    eventsRead: 0,
    eventsWritten: 0,
    bytesRead: 0,
    logBytesDropped: 0,
  };
  return { state, error, logs: [], usage, isolation };
}
