/**
 * The load generator, in a separate process so that its work is not measured as the server's: takes one job as a
 * message, runs it with autocannon, answers with the measurements. Latencies are kept one by one: autocannon's own
 * histogram has whole milliseconds only.
 */
import autocannon from 'autocannon';
import { type LoadJob, type LoadResult, percentile } from './load.ts';

async function drive(job: LoadJob): Promise<LoadResult> {
  const latencies: number[] = [];
  const good = new Set(job.requests.map((request) => request.expect));
  let refused = 0;
  let firstRefusal = '';
  const options: autocannon.Options = {
    url: job.url,
    connections: job.connections,
    duration: job.seconds,
    timeout: 60,
    requests: job.requests.map((request) => ({
      method: request.method,
      path: request.path,
      headers: { 'content-type': 'application/json', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      onResponse: (status: number, body: string) => {
        if (status === request.expect && (request.expectText === undefined || body.includes(request.expectText)))
          return;
        refused += 1;
        firstRefusal ||= `${status} ${body.slice(0, 300)}`;
      },
    })),
  };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(options, (error: unknown, measured) =>
      error ? reject(error as Error) : resolve(measured),
    );
    instance.on(
      'response',
      (_client, status, _bytes, milliseconds) => good.has(status) && latencies.push(milliseconds),
    );
  });
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    requests: sorted.length,
    seconds: result.duration,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    failed: refused + result.errors,
    firstFailure: firstRefusal || (result.errors > 0 ? `${result.errors} connection errors or timeouts` : ''),
  };
}

process.on('message', (job: LoadJob) => {
  void drive(job).then((result) => process.send?.(result));
});
