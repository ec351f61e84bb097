import { Unrecoverable, type RunQueue, type RunQueueOptions } from '@datakeep/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Desk } from './run-queue.desk.ts';

/** Where queues keep their jobs: what outlives a process. */
export interface RunQueuePlace {
  open(options: RunQueueOptions): Promise<RunQueue>;
  /** The process that opened it dies: nothing that it does from now on reaches the place, and others may see that it is gone. */
  crash(queue: RunQueue): Promise<void>;
  /** This many ms pass for its queues. */
  pass(ms: number): Promise<void>;
  remove(): Promise<void>;
}

export interface RunQueueFactory {
  /** A wait that `pass` can take several times in one test. */
  readonly backoffMs: number;
  newPlace(): Promise<RunQueuePlace>;
}

/** The law of the run queue port, sentence by sentence. */
export function runQueueContract(adapter: string, factory: RunQueueFactory): void {
  describe(`the run queue's law on ${adapter}`, () => {
    const { backoffMs } = factory;
    const defaults: RunQueueOptions = { concurrency: 1, attempts: 3, backoffMs, maxStalled: 1, lockMs: 30_000 };
    let place: RunQueuePlace;
    let queue: RunQueue;
    const open = async (options: Partial<RunQueueOptions> = {}) => {
      queue = await place.open({ ...defaults, ...options });
      return queue;
    };
    const crash = async (options: Partial<RunQueueOptions> = {}) => {
      await place.crash(queue);
      return open(options);
    };
    const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
    /** Waits until the counts are these. */
    const counts = (expected: Partial<typeof none>) =>
      vi.waitFor(async () => expect(await queue.counts()).toEqual({ ...none, ...expected }), { interval: 2 });

    beforeEach(async () => {
      place = await factory.newPlace();
      await open();
    });
    /** Closes the queue, whatever its handlers do about it. */
    const close = async () => {
      let closed = false;
      const closing = queue.close().finally(() => (closed = true));
      await vi.waitFor(
        async () => {
          await place.pass(1000);
          expect(closed).toBe(true);
        },
        { interval: 2 },
      );
      await closing;
    };
    afterEach(async () => {
      await close();
      await place.remove();
    });

    describe('a job id', () => {
      it.each(['', 'x'.repeat(201), 'run:1', '123', '\ud800'])('is refused as %j', async (id) => {
        await expect(queue.add(id)).rejects.toBeInstanceOf(TypeError);
        await counts({});
      });

      it.each(['run-123', 'x'.repeat(200), '12a', 'ä/😀 .*'])('may be %j', async (id) => {
        await queue.add(id);
        expect(await queue.has(id)).toBe(true);
        expect((await new Desk(queue).next()).job.id).toBe(id);
      });
    });

    describe('adding', () => {
      it('makes the job durable, with or without a worker', async () => {
        await queue.add('without');
        await crash();
        expect(await queue.has('without')).toBe(true);
        const desk = new Desk(queue);
        await queue.add('with');
        expect((await desk.next()).job).toEqual({ id: 'without', attempt: 1 });
        await crash();
        expect(await queue.has('with')).toBe(true);
      });

      it('of an id that is waiting, active, delayed or failed does nothing', async () => {
        await Promise.all([queue.add('run-a'), queue.add('run-a')]);
        await queue.add('run-a');
        await counts({ waiting: 1 });
        const desk = new Desk(queue);
        const delivery = await desk.next();
        await queue.add('run-a');
        await counts({ active: 1 });
        delivery.fail(new Error('once'));
        await counts({ delayed: 1 });
        await queue.add('run-a');
        await counts({ delayed: 1 });
        await place.pass(backoffMs);
        (await desk.next()).fail(new Unrecoverable('twice'));
        const telling = await desk.told();
        await queue.add('run-a');
        await counts({ failed: 1 });
        telling.accept();
        await counts({});
        expect(desk.deliveries.size).toBe(0);
      });

      it('of an id that has ended makes a new job, whose attempts are counted anew', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        (await desk.next()).finish();
        await counts({});
        expect(await queue.has('run-a')).toBe(false);
        await queue.add('run-a');
        const again = await desk.next();
        expect(again.job).toEqual({ id: 'run-a', attempt: 1 });
        again.fail(new Unrecoverable('no'));
        (await desk.told()).accept();
        await counts({});
        await queue.add('run-a');
        expect((await desk.next()).job.attempt).toBe(1);
      });
    });

    describe('delivery', () => {
      it('is in the order of adding, and of no more jobs at once than the concurrency', async () => {
        await close();
        await open({ concurrency: 2 });
        const ids = ['run-1', 'run-2', 'run-3', 'run-4', 'run-5'];
        await Promise.all(ids.map((id) => queue.add(id)));
        const desk = new Desk(queue);
        const open2 = [await desk.next(), await desk.next()];
        const seen = open2.map((delivery) => delivery.job.id);
        for (const _ of ids.slice(2)) {
          expect(desk.deliveries.size).toBe(0);
          expect((await queue.counts()).active).toBe(2);
          open2.shift()?.finish();
          const delivery = await desk.next();
          open2.push(delivery);
          seen.push(delivery.job.id);
        }
        expect(seen).toEqual(ids);
        for (const delivery of open2) delivery.finish();
        await counts({});
      });

      it('needs a worker, and starts with one', async () => {
        await queue.add('run-a');
        await place.pass(backoffMs);
        await counts({ waiting: 1 });
        expect((await new Desk(queue).next()).job).toEqual({ id: 'run-a', attempt: 1 });
      });

      it('happens once for each of many jobs whose handlers resolve', async () => {
        await close();
        await open({ concurrency: 8 });
        const delivered: string[] = [];
        let most = 0;
        let now = 0;
        queue.work(
          async (job) => {
            most = Math.max(most, ++now);
            await new Promise((resolve) => setImmediate(resolve));
            delivered.push(job.id);
            now--;
          },
          async () => undefined,
        );
        const ids = Array.from({ length: 200 }, (_, n) => `run-${n}`);
        await Promise.all([...ids, ...ids].map((id) => queue.add(id)));
        await counts({});
        expect(delivered.toSorted()).toEqual(ids.toSorted());
        expect(most).toBeLessThanOrEqual(8);
      });
    });

    describe('a handler that rejects', () => {
      it('gets the job again after the backoff, which doubles, until the attempts are used; then the job is told', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        for (const attempt of [1, 2]) {
          const delivery = await desk.next();
          expect(delivery.job).toEqual({ id: 'run-a', attempt });
          delivery.fail(new Error(`failure ${attempt}`));
          await counts({ delayed: 1 });
          const wait = backoffMs * 2 ** (attempt - 1);
          await place.pass(wait * 0.6);
          expect(desk.deliveries.size).toBe(0);
          await place.pass(wait * 0.4);
        }
        const last = new Error('failure 3');
        (await desk.next()).fail(last);
        const telling = await desk.told();
        expect(telling).toMatchObject({ id: 'run-a', reason: 'attempts', error: last });
        telling.accept();
        await counts({});
      });

      it('does not hold up other jobs meanwhile', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        await queue.add('run-b');
        (await desk.next()).fail(new Error('once'));
        const second = await desk.next();
        expect(second.job.id).toBe('run-b');
        await place.pass(backoffMs);
        second.finish();
        expect((await desk.next()).job).toEqual({ id: 'run-a', attempt: 2 });
      });

      it('with Unrecoverable does not get it again', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        const error = new Unrecoverable('no use');
        (await desk.next()).fail(error);
        const telling = await desk.told();
        expect(telling).toMatchObject({ id: 'run-a', reason: 'unrecoverable', error });
        telling.accept();
        await counts({});
        expect(desk.deliveries.size).toBe(0);
      });

      it('finds its backoff kept by a crash', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        (await desk.next()).fail(new Error('once'));
        await counts({ delayed: 1 });
        await crash();
        const later = new Desk(queue);
        await counts({ delayed: 1 });
        expect(await queue.has('run-a')).toBe(true);
        await place.pass(backoffMs);
        expect((await later.next()).job).toEqual({ id: 'run-a', attempt: 2 });
      });
    });

    describe('a job whose process died', () => {
      it('is delivered again, before those that waited, and its attempt was counted', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        await queue.add('run-b');
        await desk.next();
        await crash();
        const later = new Desk(queue);
        const again = await later.next();
        expect(again.job).toEqual({ id: 'run-a', attempt: 2 });
        again.finish();
        expect((await later.next()).job).toEqual({ id: 'run-b', attempt: 1 });
      });

      it('is delivered again at most maxStalled times, and told as stalled', async () => {
        await close();
        await open({ attempts: 10, maxStalled: 2 });
        await queue.add('run-a');
        for (const attempt of [1, 2, 3]) {
          expect((await new Desk(queue).next()).job.attempt).toBe(attempt);
          await crash({ attempts: 10, maxStalled: 2 });
        }
        const desk = new Desk(queue);
        const telling = await desk.told();
        expect(telling).toMatchObject({ id: 'run-a', reason: 'stalled' });
        telling.accept();
        await counts({});
        expect(desk.deliveries.size).toBe(0);
      });

      it('fails without a delivery when none is left', async () => {
        await close();
        await open({ attempts: 1, maxStalled: 5 });
        await queue.add('run-a');
        await new Desk(queue).next();
        await crash({ attempts: 1, maxStalled: 5 });
        const desk = new Desk(queue);
        const telling = await desk.told();
        expect(telling).toMatchObject({ id: 'run-a', reason: 'attempts' });
        telling.accept();
        await counts({});
        expect(desk.deliveries.size).toBe(0);
      });
    });

    describe('a failed job', () => {
      it('stays until onFailed resolved: a rejection tells it again', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        (await desk.next()).fail(new Unrecoverable('no use'));
        (await desk.told()).refuse();
        await counts({ failed: 1 });
        expect(await queue.has('run-a')).toBe(false);
        await vi.waitFor(async () => {
          await place.pass(backoffMs);
          expect(desk.tellings.size).toBe(1);
        });
        (await desk.told()).accept();
        await counts({});
      });

      it('is told again after a crash, and never after onFailed resolved', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        (await desk.next()).fail(new Unrecoverable('no use'));
        await desk.told();
        await crash();
        const second = await new Desk(queue).told();
        expect(second).toMatchObject({ id: 'run-a', reason: 'unrecoverable' });
        second.accept();
        await counts({});
        await crash();
        const third = new Desk(queue);
        await place.pass(backoffMs);
        expect(third.tellings.size).toBe(0);
        await counts({});
      });
    });

    describe('removing', () => {
      it('takes waiting and delayed jobs away, durably, and says so', async () => {
        const desk = new Desk(queue);
        await queue.add('run-delayed');
        (await desk.next()).fail(new Error('once'));
        await counts({ delayed: 1 });
        await desk.worker.close(0);
        await queue.add('run-waiting');
        await counts({ delayed: 1, waiting: 1 });
        expect(await queue.remove('run-waiting')).toBe(true);
        expect(await queue.remove('run-delayed')).toBe(true);
        await counts({});
        await crash();
        await counts({});
        const later = new Desk(queue);
        await place.pass(backoffMs);
        expect(later.deliveries.size).toBe(0);
      });

      it('leaves an active job alone, and knows no job that is not there', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        const delivery = await desk.next();
        expect(await queue.remove('run-a')).toBe(false);
        expect(await queue.remove('run-b')).toBe(false);
        expect(delivery.signal.aborted).toBe(false);
        await counts({ active: 1 });
        delivery.finish();
        await counts({});
        expect(await queue.remove('run-a')).toBe(false);
      });

      it('lets the id be added again', async () => {
        await queue.add('run-a');
        const [removed] = await Promise.all([queue.remove('run-a'), queue.remove('run-a')]);
        expect(removed).toBe(true);
        await queue.add('run-a');
        expect((await new Desk(queue).next()).job).toEqual({ id: 'run-a', attempt: 1 });
      });
    });

    describe('closing a worker', () => {
      it('waits for running jobs and takes no new one', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        const delivery = await desk.next();
        await queue.add('run-b');
        const closed = desk.worker.close(backoffMs * 10);
        delivery.finish();
        await closed;
        expect(delivery.signal.aborted).toBe(false);
        expect(desk.deliveries.size).toBe(0);
        await counts({ waiting: 1 });
        expect((await new Desk(queue).next()).job).toEqual({ id: 'run-b', attempt: 1 });
      });

      it('aborts what is left after the grace and puts it back as the next job, its attempt counted', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        await queue.add('run-b');
        const delivery = await desk.next();
        delivery.signal.addEventListener('abort', () => delivery.fail(new Error('aborted')));
        const closed = desk.worker.close(backoffMs);
        expect(delivery.signal.aborted).toBe(false);
        await place.pass(backoffMs);
        await closed;
        expect(delivery.signal.aborted).toBe(true);
        await counts({ waiting: 2 });
        await crash();
        const later = new Desk(queue);
        expect((await later.next()).job).toEqual({ id: 'run-a', attempt: 2 });
      });

      it('does not wait for a handler that ignores its signal, nor count what it does later', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        const delivery = await desk.next();
        const closed = desk.worker.close(0);
        await vi.waitFor(() => expect(delivery.signal.aborted).toBe(true), { interval: 2 });
        await place.pass(1000);
        await closed;
        delivery.finish();
        await counts({ waiting: 1 });
        expect((await new Desk(queue).next()).job).toEqual({ id: 'run-a', attempt: 2 });
      });

      it('lets a job that resolves in spite of the signal end', async () => {
        const desk = new Desk(queue);
        await queue.add('run-a');
        const delivery = await desk.next();
        delivery.signal.addEventListener('abort', () => delivery.finish());
        await desk.worker.close(0);
        await vi.waitFor(async () => expect(await queue.counts()).toEqual(none), { interval: 2 });
      });

      it('that gave a job back with no delivery left makes it fail', async () => {
        await close();
        await open({ attempts: 1 });
        const desk = new Desk(queue);
        await queue.add('run-a');
        const delivery = await desk.next();
        delivery.signal.addEventListener('abort', () => delivery.fail(new Error('aborted')));
        await desk.worker.close(0);
        await counts({ waiting: 1 });
        const later = new Desk(queue);
        expect(await later.told()).toMatchObject({ id: 'run-a', reason: 'attempts' });
        expect(later.deliveries.size).toBe(0);
      });

      it('twice is closing once', async () => {
        const desk = new Desk(queue);
        await Promise.all([desk.worker.close(0), desk.worker.close(0)]);
        await desk.worker.close(0);
        await queue.add('run-a');
        expect(await queue.counts()).toEqual({ ...none, waiting: 1 });
      });
    });

    it('has one worker at a time', () => {
      expect(new Desk(queue)).toBeDefined();
      expect(() => new Desk(queue)).toThrowError(TypeError);
    });

    it('says which ids it has and how many jobs are in each state', async () => {
      await close();
      await open({ concurrency: 2 });
      const desk = new Desk(queue);
      for (const id of ['run-delayed', 'run-failed', 'run-active']) await queue.add(id);
      (await desk.next()).fail(new Error('once'));
      (await desk.next()).fail(new Unrecoverable('no use'));
      await desk.next();
      for (const id of ['run-active2', 'run-waiting']) await queue.add(id);
      await desk.next();
      await counts({ waiting: 1, active: 2, delayed: 1, failed: 1 });
      const has = async (id: string) => [id, await queue.has(id)];
      expect(await Promise.all(['run-delayed', 'run-failed', 'run-active', 'run-waiting', 'run-none'].map(has))).toEqual([
        ['run-delayed', true],
        ['run-failed', false],
        ['run-active', true],
        ['run-waiting', true],
        ['run-none', false],
      ]);
    });

    it('refuses jobs after close, and keeps those it has', async () => {
      await queue.add('run-a');
      await queue.close();
      await expect(queue.add('run-b')).rejects.toMatchObject({ code: 'not-ready' });
      await expect(queue.remove('run-a')).rejects.toMatchObject({ code: 'not-ready' });
      await close();
      await open();
      await counts({ waiting: 1 });
    });
  });
}
