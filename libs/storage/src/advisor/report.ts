import type { IndexReport } from '@datakeep/contracts';
import { day } from './constants.ts';
import { seconds } from './gates.ts';
import { declaredKeys, type ExistingIndex, type IndexCapabilities, type IndexKey } from './index-engine.ts';
import { idOf } from './index-name.ts';
import { standing, type IndexRecord } from './index-record.ts';
import { textOf } from './shape.ts';
import type { ShapeStatistics, Statistics } from './statistics.ts';

/** What is known of one automatic index, for a person. Holds no value of a query. */
export function reportOf(
  record: IndexRecord,
  shapes: readonly ShapeStatistics[],
  engine: IndexCapabilities,
  now: number,
): IndexReport {
  const { definition, state, kept, history } = record;
  const reported = shapes.map((shape) => {
    const seen = shape.since(now - day);
    return {
      shape: textOf(shape.shape),
      calls: seen.calls,
      totalMs: round(seen.totalMs),
      p95Ms: round(shape.p95Ms(now - day)),
    };
  });
  return {
    id: idOf(definition.name),
    name: definition.name,
    profile: definition.profile,
    keys: definition.keys,
    state,
    kept,
    explanation: explanationOf(record, reported, engine),
    shapes: reported,
    figures: {
      benefitMs: round(record.benefitMs),
      writeCostMs: round(record.writeCostMs),
      buildMs: record.buildMs === null ? null : round(record.buildMs),
      bytes: record.bytes,
      beforeMs: record.beforeMs === null ? null : round(record.beforeMs),
      afterMs: record.afterMs === null ? null : round(record.afterMs),
    },
    history: history.map(({ at, state: to, reason }) => ({ at: new Date(at).toISOString(), state: to, reason })),
  };
}

export function declaredReport({ name, bytes }: ExistingIndex): IndexReport {
  const { keys } = declaredKeys;
  return {
    id: name,
    name,
    profile: '',
    keys,
    state: 'declared',
    kept: true,
    explanation: [`A declared index on ${keysText(keys)}: it belongs to the storage and is never hidden or dropped.`],
    shapes: [],
    figures: { benefitMs: 0, writeCostMs: 0, buildMs: null, bytes, beforeMs: null, afterMs: null },
    history: [],
  };
}

function explanationOf(record: IndexRecord, shapes: IndexReport['shapes'], engine: IndexCapabilities): string[] {
  const { state, definition, beforeMs, afterMs, bytes, buildMs, benefitMs, writeCostMs } = record;
  const isThere = standing.has(state);
  const sentences = [`${isThere ? 'Serves' : 'Would serve'} ${servedText(record)}.`];
  const calls = shapes.reduce((sum, shape) => sum + shape.calls, 0);
  const totalMs = shapes.reduce((sum, shape) => sum + shape.totalMs, 0);
  const forms = shapes.length === 1 ? 'One form of query' : `${shapes.length} forms of query`;
  if (calls > 0)
    sentences.push(
      `${forms} asked for it: ${calls} calls in the last 24 hours, which took ${seconds(totalMs)} in all.`,
    );
  else if (isThere) sentences.push('No query asked for it in the last 24 hours.');
  const write =
    `${Number((engine.writeMs * 1000).toPrecision(2))} µs for each event written ` +
    `to the profile ${definition.profile}`;
  const space = bytes === null ? '' : `${size(bytes)} of space and `;
  sentences.push(
    `It ${isThere ? 'takes' : 'would take'} ${space}about ${write}` +
      `${buildMs === null ? '' : `; building it took ${seconds(buildMs)}`}.`,
  );
  if (beforeMs !== null && afterMs !== null) {
    sentences.push(
      `The same queries, replayed side by side: ${seconds(beforeMs)} without it, ${seconds(afterMs)} with it.`,
    );
  }
  if (isThere)
    sentences.push(
      `Weighing recent days most, it saved ${seconds(benefitMs)} and cost ${seconds(writeCostMs)} of writing.`,
    );
  else if (state === 'candidate' || state === 'approved') {
    sentences.push(
      `Without it ${seconds(benefitMs)} were wasted lately; ` +
        `it would have cost ${seconds(writeCostMs)} of writing.`,
    );
  }
  if (record.unproven) sentences.push('It is unproven: too few queries came since it was built.');
  if (record.kept) sentences.push('The admin keeps it: it is never dropped for its value.');
  const last = record.history.at(-1);
  if (last) sentences.push(`${stateText[state]}: ${last.reason}.`);
  if (record.notBefore === 'forever') sentences.push('It is not made again unless the admin asks for it.');
  return sentences;
}

const stateText: Readonly<Record<IndexRecord['state'], string>> = {
  candidate: 'Suggested',
  approved: 'Approved, waiting to be built',
  building: 'Being built',
  verifying: 'Built, and being watched',
  active: 'In use',
  hidden: 'Hidden, and dropped soon',
  dropped: 'Dropped',
  reverted: 'Taken back',
  failed: 'Failed',
  rejected: 'Rejected',
};

function servedText({ definition, equality }: IndexRecord): string {
  const { keys, idAfter, profile } = definition;
  const parts: string[] = [];
  if (equality > 0) parts.push(`ask for one value of ${keysText(keys.slice(0, equality))}`);
  const sorted = idAfter === null ? [] : keys.slice(equality, idAfter);
  const ranges = idAfter === null ? keys.slice(equality) : keys.slice(idAfter);
  if (sorted.length > 0) parts.push(`are sorted by ${keysText(sorted)}`);
  if (ranges.length > 0) parts.push(`narrow ${keysText(ranges)}`);
  return `queries of the profile ${profile} that ${parts.join(' and ')}`;
}

const keysText = (keys: readonly IndexKey[]): string => keys.map(({ field }) => field).join(', ');

const mebibyte = 1024 ** 2;

function size(bytes: number): string {
  return bytes >= mebibyte ? `${Number((bytes / mebibyte).toPrecision(3))} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
}

const round = (value: number): number => Number(value.toPrecision(6));

/** The statistics of an index's shapes, those that are still known. */
export function shapesOf(record: IndexRecord, statistics: Statistics): ShapeStatistics[] {
  return record.shapes.flatMap((key) => statistics.shapes.get(key) ?? []);
}
