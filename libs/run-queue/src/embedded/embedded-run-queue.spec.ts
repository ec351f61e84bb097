import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defaultRunQueueOptions } from '@datakeep/contracts';
import { allOf, SqliteDocuments, type DocumentStore } from '@datakeep/documents';
import { createLogger, DatakeepError } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { EmbeddedRunQueue } from './embedded-run-queue.ts';
import { jobRecords } from './job-records.ts';

describe('the embedded run queue', () => {
  let folder: string;
  let store: SqliteDocuments;
  let clock: ManualClock;
  let commits: number;
  let full: boolean;
  let onCommit: () => void;
  let queue: EmbeddedRunQueue;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'datakeep-queue-'));
    store = SqliteDocuments.open({ file: join(folder, 'queue.sqlite'), synchronous: 'normal' });
    clock = new ManualClock();
    commits = 0;
    full = false;
    onCommit = () => undefined;
    const documents: DocumentStore = {
      collection: (definition) => store.collection(definition),
      commit: (writes) => {
        commits++;
        onCommit();
        return full ? Promise.reject(new DatakeepError('storage-full')) : store.commit(writes);
      },
      ping: () => store.ping(),
      figures: () => store.figures(),
      counts: () => store.counts(),
      close: () => store.close(),
    };
    queue = await EmbeddedRunQueue.open({
      documents,
      clock,
      options: { ...defaultRunQueueOptions, concurrency: 1 },
      logger: createLogger('silent'),
    });
    commits = 0;
  });
  afterEach(async () => {
    full = false;
    await queue.close();
    await store.close();
    await rm(folder, { recursive: true });
  });

  const ended = (id: string) => vi.waitFor(async () => expect(await queue.has(id)).toBe(false), { interval: 1 });

  const stored = async () => (await allOf(store.collection(jobRecords))).map(({ id }) => id);

  it('commits a job when it is added, begun and ended', async () => {
    const seen: number[] = [];
    queue.work(async () => void seen.push(commits));
    await queue.add('run-a');
    await ended('run-a');
    expect(seen).toEqual([2]);
    expect(commits).toBe(3);
  });

  it('stores a job beside the record of its owner, and delivers it once that is stored', async () => {
    const delivered: string[] = [];
    queue.work(async (job) => void delivered.push(job.id));
    const owner = Promise.withResolvers<void>();
    const added = queue.add('run-a', 0, owner.promise);
    await vi.waitFor(async () => expect(await stored()).toEqual(['run-a']), { interval: 1 });
    expect(delivered).toEqual([]);
    owner.resolve();
    await added;
    await ended('run-a');
    expect(delivered).toEqual(['run-a']);
  });

  it('has no job whose owner could not store its record', async () => {
    const delivered: string[] = [];
    queue.work(async (job) => void delivered.push(job.id));
    await expect(queue.add('run-a', 0, Promise.reject(new Error('the disk is gone')))).rejects.toThrow(/disk is gone/);
    expect(await queue.has('run-a')).toBe(false);
    await vi.waitFor(async () => expect(await stored()).toEqual([]), { interval: 1 });
    expect(delivered).toEqual([]);
  });

  it('adds a job anew that is just ending', async () => {
    let again: Promise<void> | undefined;
    const attempts: number[] = [];
    onCommit = () => {
      if (commits === 3) queueMicrotask(() => (again = queue.add('run-a')));
    };
    queue.work(async (job) => void attempts.push(job.attempt));
    await queue.add('run-a');
    await vi.waitFor(() => expect(attempts).toEqual([1, 1]), { interval: 1 });
    await again;
    await ended('run-a');
  });

  it('does nothing while it is idle, however much time passes', async () => {
    queue.work(async () => undefined);
    await clock.advance(3_600_000);
    expect(commits).toBe(0);
  });

  it('on a full disk refuses a job, of which nothing is left', async () => {
    const delivered: string[] = [];
    queue.work(async (job) => void delivered.push(job.id));
    full = true;
    const refusals = await Promise.all(['run-a', 'run-a'].map((id) => queue.add(id).catch((error: unknown) => error)));
    expect(refusals).toEqual([1, 2].map(() => expect.objectContaining({ code: 'run-queue-unreachable' })));
    expect(await queue.has('run-a')).toBe(false);
    full = false;
    await queue.add('run-b');
    await ended('run-b');
    await clock.advance(60_000);
    expect(delivered).toEqual(['run-b']);
  });

  it('refuses a waiting job on a full disk too, though a worker comes for it meanwhile', async () => {
    const delivered: string[] = [];
    full = true;
    const refusal = queue.add('run-a').catch((error: unknown) => error);
    full = false;
    queue.work(async (job) => void delivered.push(job.id));
    expect(await refusal).toMatchObject({ code: 'run-queue-unreachable' });
    await queue.add('run-b');
    await ended('run-b');
    expect(delivered).toEqual(['run-b']);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 });
    const before = commits;
    await clock.advance(10_000);
    expect(commits).toBe(before);
  });

  it('keeps a removable job when the removal could not be stored', async () => {
    await queue.add('run-a');
    full = true;
    await expect(queue.remove('run-a')).rejects.toMatchObject({ code: 'run-queue-unreachable' });
    full = false;
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
    expect(await queue.remove('run-a')).toBe(true);
  });

  it('delivers a job whose removal could not be stored to a worker that has room', async () => {
    await queue.add('run-a');
    const delivered: string[] = [];
    full = true;
    onCommit = () => {
      onCommit = () => undefined;
      queue.work(async (job) => void delivered.push(job.id));
    };
    await expect(queue.remove('run-a')).rejects.toMatchObject({ code: 'run-queue-unreachable' });
    full = false;
    await vi.waitFor(() => expect(delivered).toEqual(['run-a']));
  });

  it('delivers a job whose end could not be stored once more after a restart, and accepts its id before', async () => {
    let delivered = 0;
    queue.work(async () => void (full = delivered++ === 0));
    await queue.add('run-a');
    await ended('run-a');
    full = false;
    expect(await stored()).toEqual(['run-a']);
    await queue.add('run-a');
    await ended('run-a');
    expect(delivered).toBe(2);
    await queue.close();
    expect(await stored()).toEqual([]);
  });

  it('ends the wait of a job whose clock was set back', async () => {
    const attempts: number[] = [];
    const handler = async (job: { readonly attempt: number }) => {
      attempts.push(job.attempt);
      throw new Error('again');
    };
    queue.work(handler);
    await queue.add('run-a');
    await vi.waitFor(async () => expect(await queue.counts()).toMatchObject({ delayed: 1 }), { interval: 1 });
    await queue.close();
    clock = new ManualClock(clock.now() - 86_400_000);
    queue = await EmbeddedRunQueue.open({
      documents: store,
      clock,
      options: defaultRunQueueOptions,
      logger: createLogger('silent'),
    });
    queue.work(handler);
    await clock.advance(1000);
    await vi.waitFor(() => expect(attempts).toEqual([1, 2]), { interval: 1 });
  });
});
