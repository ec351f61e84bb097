import type { Run, RunDelivery, RunLedger } from '@datakeep/contracts';
import { isoDate } from '@datakeep/kernel';
import type { DeliveryEntry, RunRecord } from './records.ts';
import { versionOf } from './template-records.ts';

function showDelivery({ attempt, startedAt, endedAt, end }: DeliveryEntry): RunDelivery {
  return { attempt, startedAt: isoDate(startedAt), endedAt: isoDate(endedAt), end };
}

function showLedger({ appId, viewTemplateId, sourceDigest, quarantined, deliveries, bytes }: RunRecord): RunLedger {
  return {
    appId,
    viewTemplateId,
    sourceDigest,
    quarantined: quarantined === true,
    deliveries: (deliveries ?? []).map(showDelivery),
    storedBytes: bytes,
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
    result: result === undefined ? undefined : (JSON.parse(result) as unknown),
    error,
    logs: record.logs ?? [],
    attempts: record.attempts,
    isolation,
    usage,
    createdAt: isoDate(record.createdAt),
    startedAt: isoDate(startedAt),
    finishedAt: isoDate(finishedAt),
    ledger: showLedger(record),
  };
}
