import type { Clock, Timer } from '@datakeep/kernel';
import type { AuditLog, AuditRecord } from './audit-log.ts';

/** Entries that arrived together; none is a heartbeat. `sequence` is where to continue after them. */
export interface FollowedAudit {
  readonly records: readonly AuditRecord[];
  readonly sequence: number;
}

/** How often the log is read for what other processes wrote, ms. */
const pollMs = 1000;
const heartbeatMs = 15_000;

/**
 * The audit log as it grows, from `after` on, or from now on, in the order of the chain; none is skipped. Entries of
 * this process arrive at once, those of others within a second. Ends by throwing the signal's reason.
 */
export async function* followAudit(
  log: AuditLog,
  clock: Clock,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<FollowedAudit, void, undefined> {
  let wake: (() => void) | undefined;
  let changed = true;
  const stop = log.watch(() => {
    changed = true;
    wake?.();
  });
  const onAbort = (): void => wake?.();
  signal.addEventListener('abort', onAbort);
  try {
    let sequence = after ?? (await log.lastSequence());
    let lastSign = clock.monotonic();
    for (;;) {
      signal.throwIfAborted();
      changed = false;
      const records = await log.since(sequence);
      if (records.length > 0 || clock.monotonic() - lastSign >= heartbeatMs) {
        sequence = records.at(-1)?.sequence ?? sequence;
        lastSign = clock.monotonic();
        yield { records, sequence };
      }
      if (changed || records.length > 0) continue;
      let timer: Timer | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = clock.setTimer(pollMs, resolve);
        if (signal.aborted) resolve();
      });
      timer?.cancel();
      wake = undefined;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop();
  }
}
