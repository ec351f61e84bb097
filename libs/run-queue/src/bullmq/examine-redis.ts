import { defaultPrefix } from './bull-run-queue.ts';
import { connectWithin, newCommandClient } from './redis-clients.ts';

const patienceMs = 5000;

/** As the start of a queue does. */
export async function examineRedis(redisUrl: string): Promise<readonly string[]> {
  const client = newCommandClient(redisUrl, () => undefined);
  try {
    return await connectWithin(client, patienceMs, defaultPrefix);
  } finally {
    client.cutOff();
  }
}
