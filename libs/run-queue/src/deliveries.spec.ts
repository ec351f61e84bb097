import { collectGarbage } from '@datakeep/kernel/testing';
import { expect, it } from 'vitest';
import { Deliveries } from './deliveries.ts';

const heap = async (): Promise<number> => (await collectGarbage(), process.memoryUsage().heapUsed);

it('Deliveries keep nothing of one that has ended', async () => {
  const deliveries = new Deliveries();
  const deliver = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) await deliveries.run(async () => undefined, { id: 'run-a', attempt: 1 });
  };
  await deliver(1000);
  const before = await heap();
  await deliver(50_000);
  expect(((await heap()) - before) / 50_000).toBeLessThan(64);
});
