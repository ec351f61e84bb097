import { UpdateGuard } from '@datakeep/kernel';
import mongoose, { type Connection } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mongoServers } from '../support/mongo/mongo-servers.ts';

interface LockRecord {
  readonly _id: string;
  readonly holder: string;
  readonly beat: number;
}

for (const { name, uri, newDatabase } of await mongoServers('the guard of updates')) {
  describe.runIf(uri)(`the guard of updates among processes, on ${name}`, () => {
    let connection: Connection;
    beforeAll(async () => {
      connection = await mongoose.createConnection(uri!, { dbName: newDatabase() }).asPromise();
    });
    afterAll(async () => {
      await connection.dropDatabase();
      await connection.close();
    });

    const locks = () => connection.db!.collection<LockRecord>('locks');
    /** As another process would have it. */
    const guard = (limits = {}): UpdateGuard => new UpdateGuard(locks(), false, limits);

    it('lets one after the other read and write', async () => {
      const numbers = connection.db!.collection<{ _id: string; value: number }>('numbers');
      await numbers.insertOne({ _id: 'n', value: 0 });
      const add = async (): Promise<void> => {
        const { value } = (await numbers.findOne({ _id: 'n' }))!;
        await numbers.replaceOne({ _id: 'n' }, { value: value + 1 });
      };
      const guards = [guard(), guard(), guard()];
      await Promise.all(Array.from({ length: 60 }, (_, time) => guards[time % 3]!.guarded('n', add)));
      expect(await numbers.findOne({ _id: 'n' })).toMatchObject({ value: 60 });
      expect(await locks().countDocuments()).toBe(0);
    });

    it('lets another process in before a long line of this one is through', async () => {
      const [here, there] = [guard(), guard()];
      const order: string[] = [];
      const first = Promise.withResolvers<void>();
      const line = Array.from({ length: 100 }, (_, time) =>
        here.guarded('fair', async () => {
          if (time === 0) await first.promise;
          order.push('here');
        }),
      );
      await vi.waitFor(async () => expect(await locks().countDocuments({ _id: 'fair' })).toBe(1));
      const other = there.guarded('fair', async () => void order.push('there'));
      first.resolve();
      await Promise.all([...line, other]);
      expect(order.indexOf('there')).toBeLessThan(order.length - 3);
    });

    it('takes over from a holder that died, and not from one that is slow', async () => {
      await locks().insertOne({ _id: 'dead', holder: 'nobody', beat: 0 });
      expect(await guard({ leaseMs: 100 }).guarded('dead', async () => 'taken over')).toBe('taken over');

      const limits = { leaseMs: 400 };
      const slow = Promise.withResolvers<string>();
      const order: string[] = [];
      const held = guard(limits).guarded('slow', () => slow.promise.finally(() => order.push('the slow one')));
      await vi.waitFor(async () => expect(await locks().countDocuments({ _id: 'slow' })).toBe(1));
      const next = guard(limits).guarded('slow', async () => void order.push('the next'));
      // Five renewals are longer than a lease.
      await vi.waitFor(async () => expect(await locks().findOne({ _id: 'slow', beat: { $gte: 5 } })).not.toBeNull(), {
        timeout: 5000,
      });
      slow.resolve('done');
      await Promise.all([held, next]);
      expect(order).toEqual(['the slow one', 'the next']);
    });

    it('tells who waits too long, and who waits when it is ended, that nothing was done', async () => {
      await locks().insertOne({ _id: 'held', holder: 'somebody', beat: 0 });
      const step = vi.fn<() => Promise<void>>(async () => undefined);
      await expect(guard({ patienceMs: 50 }).guarded('held', step)).rejects.toMatchObject({ code: 'storage-busy' });
      const ending = guard();
      const waiting = [ending.guarded('held', step), ending.guarded('held', step)];
      ending.end();
      for (const { status } of await Promise.allSettled(waiting)) expect(status).toBe('rejected');
      expect(step).not.toHaveBeenCalled();
      expect(await ending.guarded('free', async () => 'at once')).toBe('at once');
    });
  });
}
