import type { Language } from './bare/spawned.ts';
import { type LoadRequest, percentile } from './load.ts';
import type { Subject } from './subjects.ts';
import { figure, printTable } from './table.ts';

/** First runs that are timed, of each language. */
const fresh = 40;

/**
 * The first run of a view whose template was registered a moment before, `fresh` times of each language, one after the
 * other, each waited for; beside it, in turns, a process that the bare server starts for the same task. Registering the
 * view is not timed.
 */
export async function printColdStarts(keep: Subject, bare: Subject): Promise<void> {
  const table: string[][] = [];
  for (const language of ['javascript', 'python'] satisfies Language[]) {
    const times = { keep: [] as number[], bare: [] as number[] };
    for (let view = 0; view < fresh; view += 1) {
      times.bare.push(await timed(bare, await bare.freshViewRun(language)));
      times.keep.push(await timed(keep, await keep.freshViewRun(language)));
    }
    const sorted = [times.bare, times.keep].map((each) => each.toSorted((a, b) => a - b));
    table.push([language, ...[0.5, 0.95].flatMap((share) => sorted.map((each) => figure(percentile(each, share))))]);
  }
  printTable(['first run of a fresh template', 'bare p50 ms', 'keep p50 ms', 'bare p95 ms', 'keep p95 ms'], table);
}

async function timed(
  { name, url }: Subject,
  { method, path, headers, body, expect, expectText }: LoadRequest,
): Promise<number> {
  const begun = performance.now();
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const ms = performance.now() - begun;
  if (response.status !== expect || !text.includes(expectText ?? ''))
    throw new Error(`${name} failed a first run: ${response.status} ${text.slice(0, 500)}`);
  return ms;
}
