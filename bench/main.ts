/**
 * `npm run bench [-- --seconds 3 --rounds 3 --events 100000 --soak 300 --distributed]`: prints tables and asserts
 * nothing.
 * The keep runs from `dist`, as a user starts it, and is called over HTTP only; beside it, in the same run and in turns
 * with it, the bare server of bench/bare. `--distributed` then puts the four services beside the keep of one process
 * (on MONGODB_URI and REDIS_URL, or on stand-ins that it starts). Other runs: `--indexing` (bench/indexing.ts,
 * bench/recording.ts), `--client` (bench/client.ts), `--import`
 * (bench/importing.ts).
 */
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { benchClient } from './client.ts';
import { printColdStarts } from './cold-starts.ts';
import { compareDistributed } from './distributed.ts';
import { benchImporting } from './importing.ts';
import { benchIndexing } from './indexing.ts';
import type { LoadResult } from './load.ts';
import { memoryOf, type Memory } from './memory.ts';
import { benchRecording } from './recording.ts';
import { measure, type Row, rows } from './rows.ts';
import { soak } from './soak.ts';
import { fill, startBare, startKeep, startTimes } from './subjects.ts';
import { figure, printTable } from './table.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    events: { type: 'string', default: '100000' },
    only: { type: 'string' },
    soak: { type: 'string' },
    distributed: { type: 'boolean', default: false },
    indexing: { type: 'boolean', default: false },
    client: { type: 'boolean', default: false },
    import: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const events = Number(values.events);

const memoryHead = ['resident memory, MiB', 'bare', 'its children', 'keep', 'its view processes'];

function memoryRow(name: string, bare: Memory, keep: Memory): string[] {
  const children = (memory: Memory) => (memory.children.length === 0 ? '–' : memory.children.map(figure).join(' + '));
  return [name, figure(bare.server), children(bare), figure(keep.server), children(keep)];
}

/** The median of some starts of each, one after the other, on a machine that does nothing else. */
async function printStartTimes(): Promise<void> {
  const starts = { bare: [] as number[], first: [] as number[], again: [] as number[] };
  for (let start = 0; start < 3; start += 1) {
    const bare = await startBare();
    starts.bare.push(bare.readyMs);
    await bare.stop();
    const keep = await startTimes();
    starts.first.push(keep.first);
    starts.again.push(keep.again);
  }
  const median = (times: readonly number[]) =>
    figure(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN);
  printTable(
    ['time to ready', 'ms'],
    [
      ['bare', median(starts.bare)],
      ['keep, first start (makes keys and the admin)', median(starts.first)],
      ['keep, started again', median(starts.again)],
    ],
  );
}

function cells(row: Row, keep: LoadResult, bare: LoadResult): string[] {
  const rate = (result: LoadResult) => (result.requests / result.seconds) * Math.max(1, row.events);
  return [
    row.name,
    String(row.connections),
    figure(rate(bare)),
    figure(rate(keep)),
    figure(rate(keep) / rate(bare)),
    figure(bare.p50),
    figure(keep.p50),
    figure(bare.p95),
    figure(keep.p95),
    figure(bare.p99),
    figure(keep.p99),
  ];
}

async function compare(): Promise<void> {
  const bare = await startBare();
  const keep = await startKeep();
  try {
    // Idle is what stays when nothing is asked: the thread that tried the profile's schema goes after 5 s.
    await delay(7000);
    const memory = [memoryRow('idle', memoryOf(bare.pid), memoryOf(keep.pid))];
    await Promise.all([fill(bare, events), fill(keep, events)]);
    const table: string[][] = [];
    for (const row of rows.filter(({ name }) => values.only === undefined || name.includes(values.only))) {
      const [keepResult, bareResult] = await measure(row, [keep, bare], { seconds, rounds });
      if (!keepResult || !bareResult) continue;
      table.push(cells(row, keepResult, bareResult));
      for (const [name, result] of [['keep', keepResult] as const, ['bare', bareResult] as const]) {
        if (result.failed > 0)
          console.log(`! ${row.name}, ${name}: ${result.failed} answers failed, first: ${result.firstFailure}`);
      }
      process.stderr.write(`measured: ${row.name}\n`);
    }
    console.log(
      `\nRates are events a second where events are sent, else requests a second. ${rounds} rounds ` +
        `of ${seconds} s, in turns.`,
    );
    printTable(
      [
        'row',
        'connections',
        'bare /s',
        'keep /s',
        'keep : bare',
        'bare p50 ms',
        'keep p50 ms',
        'bare p95 ms',
        'keep p95 ms',
        'bare p99 ms',
        'keep p99 ms',
      ],
      table,
    );
    memory.push(memoryRow('at the end', memoryOf(bare.pid), memoryOf(keep.pid)));
    printTable(memoryHead, memory);
    if (values.only === undefined || 'cold starts'.includes(values.only)) await printColdStarts(keep, bare);
    if (values.soak !== undefined) await soak(keep, Number(values.soak));
  } finally {
    await bare.stop();
    await keep.stop();
  }
}

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ` +
    `${process.platform}; ${figure(events)} events to read\n`,
);
if (values.client) await benchClient(events, rounds);
else if (values.import) await benchImporting(events, rounds);
else if (values.indexing) {
  await benchIndexing(events);
  await benchRecording();
} else {
  if (values.only === undefined) await printStartTimes();
  await compare();
}
if (values.distributed) await compareDistributed({ seconds, rounds, events, only: values.only });
