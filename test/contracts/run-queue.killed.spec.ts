import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { allOf, SqliteDocuments } from '@datakeep/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { deliveries, jobCount, options, outcomes, type DeliveryRecord } from './run-queue.records.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datakeep-queue-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the worker process, which dies at its `killAt`th delivery (0: lives to the end). */
async function runChild(
  run: 'first' | 'again',
  killAt: number,
): Promise<{ readonly signal: string | null; readonly code: number | null }> {
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', here('./document-store.imports.ts'), here('./run-queue.child.ts'), folder, run, String(killAt)],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  await once(child, 'exit');
  return { signal: child.signalCode, code: child.exitCode };
}

describe('an embedded queue whose process is killed five times in the middle of its jobs', () => {
  it('ends every job or uses up its attempts, with no delivery repeated and none beyond the attempts', async () => {
    for (let time = 0; time < 5; time++) {
      expect(await runChild(time === 0 ? 'first' : 'again', 12 + time)).toMatchObject({ signal: 'SIGKILL' });
    }
    expect(await runChild('again', 0)).toEqual({ signal: null, code: 0 });

    const store = SqliteDocuments.open({ file: join(folder, 'outcomes.sqlite'), synchronous: 'normal' });
    const ended = await allOf(store.collection(outcomes));
    const delivered = await allOf(store.collection(deliveries));
    await store.close();

    const byJob = Map.groupBy(delivered, (one) => one.job);
    const cut = (list: readonly DeliveryRecord[]) => list.filter((one) => one.end === undefined).length;
    const numbers = (list: readonly DeliveryRecord[]) => list.map((one) => one.attempt);
    for (const list of byJob.values()) {
      // A delivery that was counted but cut off before the handler's first line leaves a gap, never a repeat.
      expect(new Set(numbers(list)).size).toBe(list.length);
      expect(Math.max(...numbers(list))).toBeLessThanOrEqual(options.attempts);
    }
    const done = new Set(ended.map(({ id }) => id));
    const mostOf = (id: string) => Math.max(...numbers(byJob.get(id) ?? []));
    const ids = Array.from({ length: jobCount }, (_, n) => `run-${n}`);
    expect(ids.filter((id) => !done.has(id) && mostOf(id) < options.attempts)).toEqual([]);
    expect([...byJob.values()].some((list) => cut(list) > 0)).toBe(true);
    expect(ended.length).toBeGreaterThan(jobCount / 2);
  });
});
