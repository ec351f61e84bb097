import { benchBody } from './events.ts';
import { load, together, type LoadRequest, type LoadResult } from './load.ts';
import { ingestProfile, type Subject } from './subjects.ts';

export interface Row {
  readonly name: string;
  readonly connections: number;
  /** Events in one request, for the rate in events. */
  readonly events: number;
  /** Default 1. */
  readonly warmUpSeconds?: number;
  requests(subject: Subject): readonly LoadRequest[];
}

/** Several bodies, so that no server meets the same one again at once. */
function bodies(subject: Subject, size: number): LoadRequest[] {
  return Array.from({ length: 8 }, (_, index) => subject.ingest(benchBody(ingestProfile, index * size, size)));
}

/**
 * A run passes through much code once, so V8 has compiled the keep's hot code only after thousands of runs and not
 * after hundreds.
 */
const runWarmUpSeconds = 30;
/**
 * The first row meets processes that have just started, and of a distributed keep three: their code is compiled in the
 * first ten thousand pages.
 */
const firstWarmUpSeconds = 10;

// Reading rows first: they need exactly `events` events beside them; the ingesting rows leave theirs behind.
export const rows: readonly Row[] = [
  {
    name: 'page of 100 by createdDate',
    connections: 16,
    events: 0,
    warmUpSeconds: firstWarmUpSeconds,
    requests: (subject) => [subject.pageByCreatedDate()],
  },
  {
    name: 'page of 100 by a payload field',
    connections: 16,
    events: 0,
    requests: (subject) => [subject.pageByPayloadField()],
  },
  {
    name: 'events counted by day, one at a time',
    connections: 1,
    events: 0,
    requests: (subject) => [subject.countByDay()],
  },
  {
    name: 'a payload field added up by day, one at a time',
    connections: 1,
    events: 0,
    requests: (subject) => [subject.sumByDay()],
  },
  {
    name: 'view run, one at a time',
    connections: 1,
    events: 0,
    warmUpSeconds: runWarmUpSeconds,
    requests: (subject) => [subject.viewRun()],
  },
  { name: 'view run, 8 waiting', connections: 8, events: 0, requests: (subject) => [subject.viewRun()] },
  {
    name: 'view run, bare: two children, 8 waiting',
    connections: 8,
    events: 0,
    requests: (subject) => [subject.viewRunBesideTwo()],
  },
  { name: 'view run', connections: 16, events: 0, requests: (subject) => [subject.viewRun()] },
  {
    name: 'view run, bare: node for each, one at a time',
    connections: 1,
    events: 0,
    requests: (subject) => [subject.viewRunBesideSpawned('javascript')],
  },
  {
    name: 'Python view run, bare: python3 for each, one at a time',
    connections: 1,
    events: 0,
    requests: (subject) => [subject.viewRunBesideSpawned('python')],
  },
  {
    name: 'Python view run, bare: python3 for each, 8 waiting',
    connections: 8,
    events: 0,
    requests: (subject) => [subject.viewRunBesideSpawned('python')],
  },
  { name: 'single events', connections: 16, events: 1, requests: (subject) => bodies(subject, 1) },
  // 16 callers leave a quarter of two cores idle and measure latency; 64 measure throughput.
  { name: 'single events, many callers', connections: 64, events: 1, requests: (subject) => bodies(subject, 1) },
  { name: 'batches of 100', connections: 16, events: 100, requests: (subject) => bodies(subject, 100) },
  { name: 'batches of 1,000', connections: 16, events: 1000, requests: (subject) => bodies(subject, 1000) },
];

/** What each subject did with the row: `rounds` times `seconds`, in turns, after a warm-up. */
export async function measure(
  row: Row,
  subjects: readonly Subject[],
  { seconds, rounds }: { readonly seconds: number; readonly rounds: number },
): Promise<LoadResult[]> {
  const results: LoadResult[][] = subjects.map(() => []);
  for (const [index, subject] of subjects.entries()) {
    const warm = await load({
      url: subject.url,
      connections: row.connections,
      seconds: row.warmUpSeconds ?? 1,
      requests: row.requests(subject),
    });
    if (warm.failed > 0)
      console.log(
        `! ${row.name}, ${subject.name}: ${warm.failed} answers failed while warming up: ${warm.firstFailure}`,
      );
    results[index] = [];
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      results[index]?.push(
        await load({ url: subject.url, connections: row.connections, seconds, requests: row.requests(subject) }),
      );
    }
  }
  return results.map(together);
}
