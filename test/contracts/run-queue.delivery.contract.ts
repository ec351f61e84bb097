import { describe, expect, it } from 'vitest';

import { JobConsumer } from './run-queue.consumer.ts';
import type { Scene } from './run-queue.scene.ts';

/** What the run queue port guarantees of adding, delivering, failing and recovering. */
export function deliveryContract(scene: Scene): void {
  describe('a job id', () => {
    it.each(['', 'x'.repeat(201), 'run:1', '123', 'wait', '\ud800'])('is refused as %j', async (id) => {
      await expect(scene.queue.add(id)).rejects.toBeInstanceOf(TypeError);
      await scene.counts({});
    });

    it.each(['run-123', 'x'.repeat(200), '12a', 'ä/😀 .*'])('may be %j', async (id) => {
      await scene.queue.add(id);
      expect(await scene.queue.has(id)).toBe(true);
      expect((await new JobConsumer(scene.queue).next()).job.id).toBe(id);
    });
  });

  describe('adding', () => {
    it('makes the job durable, with or without a worker', async () => {
      await scene.queue.add('without');
      await scene.crash();
      expect(await scene.queue.has('without')).toBe(true);
      const consumer = new JobConsumer(scene.queue);
      await scene.queue.add('with');
      expect((await consumer.next()).job).toEqual({ id: 'without', attempt: 1 });
      await scene.crash();
      expect(await scene.queue.has('with')).toBe(true);
    });

    it('of an id that is waiting, active or delayed does nothing', async () => {
      await Promise.all([scene.queue.add('run-a'), scene.queue.add('run-a')]);
      await scene.queue.add('run-a');
      await scene.counts({ waiting: 1 });
      const consumer = new JobConsumer(scene.queue);
      const delivery = await consumer.next();
      await scene.queue.add('run-a');
      await scene.counts({ active: 1 });
      delivery.fail(new Error('once'));
      await scene.counts({ delayed: 1 });
      await scene.queue.add('run-a');
      await scene.counts({ delayed: 1 });
      await scene.place.pass(scene.backoffMs);
      (await consumer.next()).finish();
      await scene.counts({});
      expect(consumer.deliveries.size).toBe(0);
    });

    it('of an id that has ended makes a new job, whose attempts are counted anew', async () => {
      const consumer = new JobConsumer(scene.queue);
      await scene.queue.add('run-a');
      (await consumer.next()).finish();
      await scene.counts({});
      expect(await scene.queue.has('run-a')).toBe(false);
      await scene.queue.add('run-a');
      expect((await consumer.next()).job).toEqual({ id: 'run-a', attempt: 1 });
    });
  });

  describe('delivery', () => {
    it('is in the order of adding, and of no more jobs at once than the concurrency', async () => {
      await scene.close();
      await scene.open({ concurrency: 2 });
      const ids = ['run-1', 'run-2', 'run-3', 'run-4', 'run-5'];
      await Promise.all(ids.map((id) => scene.queue.add(id)));
      const consumer = new JobConsumer(scene.queue);
      const open2 = [await consumer.next(), await consumer.next()];
      const seen = open2.map((delivery) => delivery.job.id);
      for (const _ of ids.slice(2)) {
        expect(consumer.deliveries.size).toBe(0);
        expect((await scene.queue.counts()).active).toBe(2);
        open2.shift()?.finish();
        const delivery = await consumer.next();
        open2.push(delivery);
        seen.push(delivery.job.id);
      }
      expect(seen).toEqual(ids);
      for (const delivery of open2) delivery.finish();
      await scene.counts({});
    });

    it('takes turns: who has many jobs waiting does not hold up who has one, also after a crash', async () => {
      for (const behind of [0, 1, 2, 3]) await scene.queue.add(`run-many${behind}`, behind);
      await scene.queue.add('run-one');
      await scene.counts({ waiting: 5 });
      await scene.crash();
      await scene.queue.add('run-another');
      const consumer = new JobConsumer(scene.queue);
      const seen: string[] = [];
      for (let place = 0; place < 6; place += 1) {
        const delivery = await consumer.next();
        seen.push(delivery.job.id);
        delivery.finish();
      }
      expect(seen).toEqual(['run-many0', 'run-one', 'run-another', 'run-many1', 'run-many2', 'run-many3']);
    });

    it('comes to every job of who has many, though others with few never stop adding', async () => {
      const many = [0, 1, 2, 3, 4].map((behind) => `run-many${behind}`);
      for (const [behind, id] of many.entries()) await scene.queue.add(id, behind);
      let ofFew = 0;
      let added = 0;
      const addOfFew = async (): Promise<void> => {
        added += 1;
        ofFew += 1;
        await scene.queue.add(`run-few${added}`, ofFew - 1);
      };
      await addOfFew();
      await addOfFew();
      const consumer = new JobConsumer(scene.queue);
      const seen: string[] = [];
      for (let place = 0; place < 2 * many.length; place += 1) {
        const delivery = await consumer.next();
        seen.push(delivery.job.id);
        if (delivery.job.id.startsWith('run-few')) {
          ofFew -= 1;
          await addOfFew();
        }
        delivery.finish();
      }
      expect(seen.filter((id) => id.startsWith('run-many'))).toEqual(many);
    });

    it('needs a worker, and starts with one', async () => {
      await scene.queue.add('run-a');
      await scene.place.pass(scene.backoffMs);
      await scene.counts({ waiting: 1 });
      expect((await new JobConsumer(scene.queue).next()).job).toEqual({ id: 'run-a', attempt: 1 });
    });

    it('happens once for each of many jobs whose handlers resolve', async () => {
      await scene.close();
      await scene.open({ concurrency: 8 });
      const delivered: string[] = [];
      let most = 0;
      let now = 0;
      const added = new Map<string, Promise<unknown>>();
      scene.queue.work(async (job) => {
        most = Math.max(most, ++now);
        // The second of two that add an id makes a new job where the first's has ended.
        await added.get(job.id);
        delivered.push(job.id);
        now--;
      });
      const ids = Array.from({ length: 200 }, (_, n) => `run-${n}`);
      // A few at a time: an adapter may refuse a job that its server does not confirm in time.
      for (let from = 0; from < ids.length; from += 10) {
        const some = ids.slice(from, from + 10);
        const adding = Promise.all([...some, ...some].map((id) => scene.queue.add(id)));
        for (const id of some) added.set(id, adding);
        await adding;
      }
      await scene.counts({});
      expect(delivered.toSorted()).toEqual(ids.toSorted());
      expect(most).toBeLessThanOrEqual(8);
    });
  });

  describe('a handler that rejects', () => {
    it('gets the job again after the backoff, which doubles, until the attempts are used up', async () => {
      const consumer = new JobConsumer(scene.queue);
      await scene.queue.add('run-a');
      for (const attempt of [1, 2]) {
        const delivery = await consumer.next();
        expect(delivery.job).toEqual({ id: 'run-a', attempt });
        delivery.fail(new Error(`failure ${attempt}`));
        await scene.counts({ delayed: 1 });
        const wait = scene.backoffMs * 2 ** (attempt - 1);
        await scene.place.pass(wait * 0.6);
        expect(consumer.deliveries.size).toBe(0);
        await scene.place.pass(wait * 0.4);
      }
      (await consumer.next()).fail(new Error('failure 3'));
      await scene.counts({});
      await scene.queue.add('run-a');
      expect((await consumer.next()).job).toEqual({ id: 'run-a', attempt: 1 });
    });

    it('does not hold up other jobs meanwhile', async () => {
      const consumer = new JobConsumer(scene.queue);
      await scene.queue.add('run-a');
      await scene.queue.add('run-b');
      (await consumer.next()).fail(new Error('once'));
      const second = await consumer.next();
      expect(second.job.id).toBe('run-b');
      await scene.place.pass(scene.backoffMs);
      second.finish();
      expect((await consumer.next()).job).toEqual({ id: 'run-a', attempt: 2 });
    });

    it('finds its backoff kept by a crash', async () => {
      const consumer = new JobConsumer(scene.queue);
      await scene.queue.add('run-a');
      (await consumer.next()).fail(new Error('once'));
      await scene.counts({ delayed: 1 });
      await scene.crash();
      const later = new JobConsumer(scene.queue);
      await scene.counts({ delayed: 1 });
      expect(await scene.queue.has('run-a')).toBe(true);
      await scene.place.pass(scene.backoffMs);
      expect((await later.next()).job).toEqual({ id: 'run-a', attempt: 2 });
    });
  });

  describe('a job whose process died', () => {
    it('is delivered again, before those that waited, and its attempt was counted', async () => {
      const consumer = new JobConsumer(scene.queue);
      await scene.queue.add('run-a');
      await scene.queue.add('run-b');
      await consumer.next();
      await scene.crash();
      const later = new JobConsumer(scene.queue);
      const again = await later.next();
      expect(again.job).toEqual({ id: 'run-a', attempt: 2 });
      again.finish();
      expect((await later.next()).job).toEqual({ id: 'run-b', attempt: 1 });
    });

    it('is delivered again until the attempts are used, and then forgotten', async () => {
      await scene.queue.add('run-a');
      for (const attempt of [1, 2, 3]) {
        expect((await new JobConsumer(scene.queue).next()).job.attempt).toBe(attempt);
        await scene.crash();
      }
      const consumer = new JobConsumer(scene.queue);
      await scene.counts({});
      expect(consumer.deliveries.size).toBe(0);
      await scene.queue.add('run-a');
      expect((await consumer.next()).job).toEqual({ id: 'run-a', attempt: 1 });
    });
  });
}
