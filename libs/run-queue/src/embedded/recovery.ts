import type { RunQueueOptions } from '@datakeep/contracts';
import type { Collection, Write } from '@datakeep/documents';

import type { FailureReason, JobRecord } from './job-records.ts';

/**
 * What a start makes of the records it finds, given in the order of adding. One process owns the queue, so whatever is active was worked on by a process
 * that is dead: it has stalled once more, and comes before what was waiting, unless it has stalled too often or has no delivery left.
 */
export function recover(
  found: readonly JobRecord[],
  records: Collection<JobRecord>,
  options: RunQueueOptions,
): { readonly jobs: readonly JobRecord[]; readonly writes: readonly Write[]; readonly stalled: number } {
  const recovered: JobRecord[] = [];
  const writes: Write[] = [];
  for (const record of found) {
    if (record.state !== 'active') continue;
    const stalls = record.stalls + 1;
    const reason: FailureReason | undefined =
      stalls > options.maxStalled ? 'stalled' : record.attempt >= options.attempts ? 'attempts' : undefined;
    const change = reason
      ? { state: 'failed' as const, stalls, reason }
      : { state: 'waiting' as const, stalls, turn: 0 };
    recovered.push({ ...record, ...change });
    writes.push(records.update(record.id, { set: change }));
  }
  return {
    jobs: [...recovered, ...found.filter((record) => record.state !== 'active')],
    writes,
    stalled: recovered.length,
  };
}
