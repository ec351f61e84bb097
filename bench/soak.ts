import { benchBody } from './events.ts';
import { load, type LoadJob } from './load.ts';
import { memoryOf } from './memory.ts';
import { ingestProfile, type Subject } from './subjects.ts';
import { figure, printTable } from './table.ts';

/** Mixed load (single events, batches, pages, runs at once) for `seconds`, and the server's memory every 15 s. */
export async function soak(keep: Subject, seconds: number): Promise<void> {
  const job = (connections: number, requests: LoadJob['requests']): LoadJob => ({
    url: keep.url,
    connections,
    seconds,
    requests,
  });
  const jobs = {
    'single events': job(4, [keep.ingest(benchBody(ingestProfile, 1, 1))]),
    'batches of 100': job(2, [keep.ingest(benchBody(ingestProfile, 1, 100))]),
    pages: job(4, [keep.pageByCreatedDate()]),
    'view runs': job(4, [keep.viewRun()]),
  };
  console.log(`Mixed load for ${seconds} s: resident memory of the server and of the view processes, MiB`);
  const begun = performance.now();
  const tell = () => {
    const { server, children } = memoryOf(keep.pid);
    const after = Math.round((performance.now() - begun) / 1000);
    console.log(`${after} s: ${figure(server)} + ${children.map(figure).join(' + ') || '0'}`);
  };
  tell();
  const timer = setInterval(tell, 15_000);
  const results = await Promise.all(Object.values(jobs).map(load));
  clearInterval(timer);
  tell();
  printTable(
    ['load', 'requests/s', 'p50 ms', 'p99 ms', 'failed'],
    Object.keys(jobs).map((name, index) => {
      const result = results[index];
      if (!result) return [name];
      return [
        name,
        figure(result.requests / result.seconds),
        figure(result.p50),
        figure(result.p99),
        String(result.failed),
      ];
    }),
  );
}
