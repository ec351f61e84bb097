import { type Clock, within } from '@datakeep/kernel';
import type { AuditRecord } from './audit-entry.ts';
import type { AuditLog } from './audit-log.ts';

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
  let woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();
  const stop = log.watch(wake);
  signal.addEventListener('abort', wake);
  try {
    let sequence = after ?? (await log.lastSequence());
    let lastSign = clock.monotonic();
    for (;;) {
      signal.throwIfAborted();
      // Before the read: what is written meanwhile may not be in it.
      woken = Promise.withResolvers();
      const records = await log.since(sequence);
      if (records.length > 0 || clock.monotonic() - lastSign >= heartbeatMs) {
        sequence = records.at(-1)?.sequence ?? sequence;
        lastSign = clock.monotonic();
        yield { records, sequence };
      }
      if (records.length === 0) await within(clock, pollMs, woken.promise);
    }
  } finally {
    signal.removeEventListener('abort', wake);
    stop();
  }
}
