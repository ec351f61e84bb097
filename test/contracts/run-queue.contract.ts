import { describe, expect, it, vi } from 'vitest';

import { JobConsumer } from './run-queue.consumer.ts';
import { deliveryContract } from './run-queue.delivery.contract.ts';
import { Scene, type RunQueueFactory } from './run-queue.scene.ts';

/** What the run queue port guarantees, sentence by sentence. */
export function runQueueContract(adapter: string, factory: RunQueueFactory): void {
  describe(`the run queue port on ${adapter}`, () => {
    const scene = new Scene(factory);

    deliveryContract(scene);

    describe('removing', () => {
      it('takes waiting and delayed jobs away, durably, and says so', async () => {
        const consumer = new JobConsumer(scene.queue);
        await scene.queue.add('run-delayed');
        (await consumer.next()).fail(new Error('once'));
        await scene.counts({ delayed: 1 });
        await consumer.worker.close(0);
        await scene.queue.add('run-waiting');
        await scene.counts({ delayed: 1, waiting: 1 });
        expect(await scene.queue.remove('run-waiting')).toBe(true);
        expect(await scene.queue.remove('run-delayed')).toBe(true);
        await scene.counts({});
        await scene.crash();
        await scene.counts({});
        const later = new JobConsumer(scene.queue);
        await scene.place.pass(scene.backoffMs);
        expect(later.deliveries.size).toBe(0);
      });

      it('leaves an active job alone, and knows no job that is not there', async () => {
        const consumer = new JobConsumer(scene.queue);
        await scene.queue.add('run-a');
        const delivery = await consumer.next();
        expect(await scene.queue.remove('run-a')).toBe(false);
        expect(await scene.queue.remove('run-b')).toBe(false);
        expect(delivery.signal.aborted).toBe(false);
        await scene.counts({ active: 1 });
        delivery.finish();
        await scene.counts({});
        expect(await scene.queue.remove('run-a')).toBe(false);
      });

      it('lets the id be added again', async () => {
        await scene.queue.add('run-a');
        const [removed] = await Promise.all([scene.queue.remove('run-a'), scene.queue.remove('run-a')]);
        expect(removed).toBe(true);
        await scene.queue.add('run-a');
        expect((await new JobConsumer(scene.queue).next()).job).toEqual({ id: 'run-a', attempt: 1 });
      });
    });

    describe('closing a worker', () => {
      it('waits for running jobs and takes no new one', async () => {
        const consumer = new JobConsumer(scene.queue);
        await scene.queue.add('run-a');
        const delivery = await consumer.next();
        await scene.queue.add('run-b');
        const closed = consumer.worker.close(scene.backoffMs * 10);
        delivery.finish();
        await closed;
        expect(delivery.signal.aborted).toBe(false);
        expect(consumer.deliveries.size).toBe(0);
        await scene.counts({ waiting: 1 });
        expect((await new JobConsumer(scene.queue).next()).job).toEqual({ id: 'run-b', attempt: 1 });
      });

      it('aborts what is left after the grace and puts it back at its place, its attempt counted', async () => {
        const consumer = new JobConsumer(scene.queue);
        await scene.queue.add('run-a');
        await scene.queue.add('run-b');
        const delivery = await consumer.next();
        delivery.signal.addEventListener('abort', () => delivery.fail(new Error('aborted')));
        const closed = consumer.worker.close(scene.backoffMs);
        expect(delivery.signal.aborted).toBe(false);
        await scene.place.pass(scene.backoffMs);
        await closed;
        expect(delivery.signal.aborted).toBe(true);
        await scene.counts({ waiting: 2 });
        await scene.crash();
        const later = new JobConsumer(scene.queue);
        expect((await later.next()).job).toEqual({ id: 'run-a', attempt: 2 });
      });

      it('does not wait for a handler that ignores its signal, nor count what it does later', async () => {
        const consumer = new JobConsumer(scene.queue);
        await scene.queue.add('run-a');
        const delivery = await consumer.next();
        const closed = consumer.worker.close(0);
        await vi.waitFor(() => expect(delivery.signal.aborted).toBe(true), { interval: 2 });
        await scene.place.pass(1000);
        await closed;
        delivery.finish();
        expect(await scene.queue.has('run-a')).toBe(true);
        await scene.crash();
        expect((await new JobConsumer(scene.queue).next()).job).toEqual({ id: 'run-a', attempt: 2 });
      });

      it('lets a job that was given back be the next one of the same queue', async () => {
        const consumer = new JobConsumer(scene.queue);
        await scene.queue.add('run-a');
        await scene.queue.add('run-b');
        const delivery = await consumer.next();
        delivery.signal.addEventListener('abort', () => delivery.fail(new Error('aborted')));
        await consumer.worker.close(0);
        expect((await new JobConsumer(scene.queue).next()).job).toEqual({ id: 'run-a', attempt: 2 });
      });

      it('lets a job that resolves in spite of the signal end', async () => {
        const consumer = new JobConsumer(scene.queue);
        await scene.queue.add('run-a');
        const delivery = await consumer.next();
        delivery.signal.addEventListener('abort', () => delivery.finish());
        await consumer.worker.close(0);
        await vi.waitFor(async () => expect(await scene.queue.counts()).toEqual(scene.none), { interval: 2 });
      });

      it('twice is closing once', async () => {
        const consumer = new JobConsumer(scene.queue);
        await Promise.all([consumer.worker.close(0), consumer.worker.close(0)]);
        await consumer.worker.close(0);
        await scene.queue.add('run-a');
        expect(await scene.queue.counts()).toEqual({ ...scene.none, waiting: 1 });
      });
    });

    it('has one worker at a time', () => {
      expect(new JobConsumer(scene.queue)).toBeDefined();
      expect(() => new JobConsumer(scene.queue)).toThrowError(TypeError);
    });

    it('says which ids it has and how many jobs are in each state', async () => {
      await scene.close();
      await scene.open({ concurrency: 2 });
      const consumer = new JobConsumer(scene.queue);
      for (const id of ['run-delayed', 'run-active', 'run-active2', 'run-waiting']) await scene.queue.add(id);
      (await consumer.next()).fail(new Error('once'));
      await consumer.next();
      await consumer.next();
      await scene.counts({ waiting: 1, active: 2, delayed: 1 });
      const has = async (id: string) => [id, await scene.queue.has(id)];
      expect(await Promise.all(['run-delayed', 'run-active', 'run-waiting', 'run-none'].map(has))).toEqual([
        ['run-delayed', true],
        ['run-active', true],
        ['run-waiting', true],
        ['run-none', false],
      ]);
    });

    it('refuses jobs after close, and keeps those it has', async () => {
      await scene.queue.add('run-a');
      await scene.queue.close();
      await expect(scene.queue.add('run-b')).rejects.toMatchObject({ code: 'not-ready' });
      await expect(scene.queue.remove('run-a')).rejects.toMatchObject({ code: 'not-ready' });
      await scene.close();
      await scene.open();
      await scene.counts({ waiting: 1 });
    });
  });
}
