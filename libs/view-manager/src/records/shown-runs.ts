import type { Run, RunDelivery, RunLedger } from '@datakeep/contracts';
import type { DeliveryEntry, RunRecord } from './records.ts';
import { versionOf } from './template-records.ts';

const iso = (ms: number) => new Date(ms).toISOString();

function showDelivery({ attempt, startedAt, endedAt, end }: DeliveryEntry): RunDelivery {
  return {
    attempt,
    startedAt: iso(startedAt),
    ...(endedAt === undefined ? {} : { endedAt: iso(endedAt) }),
    ...(end === undefined ? {} : { end }),
  };
}

function showLedger({ appId, viewTemplateId, sourceDigest, quarantined, deliveries, bytes }: RunRecord): RunLedger {
  return {
    appId,
    viewTemplateId,
    ...(sourceDigest === undefined ? {} : { sourceDigest }),
    quarantined: quarantined === true,
    deliveries: (deliveries ?? []).map(showDelivery),
    ...(bytes === undefined ? {} : { storedBytes: bytes }),
  };
}

/** The record as its app reads it; `ledger` is for the admin. */
export function showRun(record: RunRecord): Run {
  const { result, error, isolation, usage, startedAt, finishedAt } = record;
  return {
    id: record.id,
    viewInstanceId: record.viewInstanceId,
    templateVersion: versionOf(record),
    state: record.state,
    ...(result === undefined ? {} : { result: JSON.parse(result) as unknown }),
    ...(error === undefined ? {} : { error }),
    logs: record.logs ?? [],
    attempts: record.attempts,
    ...(isolation === undefined ? {} : { isolation }),
    ...(usage === undefined ? {} : { usage }),
    createdAt: iso(record.createdAt),
    ...(startedAt === undefined ? {} : { startedAt: iso(startedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: iso(finishedAt) }),
    ledger: showLedger(record),
  };
}
