import type { mongo } from 'mongoose';

/** Tried for the time of one. */
const exchanges = 5;

/** What one exchange with the server takes at least, ms. */
export async function exchangeMs(database: mongo.Db): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < exchanges; time += 1) {
    const start = performance.now();
    await database.command({ ping: 1 });
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}
