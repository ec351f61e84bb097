/**
 * Starts the servers that stand in for MongoDB and Redis (`npm run services`), prints their addresses as lines for the
 * shell, and runs until Ctrl-C. Their data is in temporary folders, which are removed at the end. With `--check` it
 * ends when all have answered; its exit code is not 0 if one could not be started.
 */
import { once } from 'node:events';

import { startMongoStandIn } from '../test/support/services/mongo-stand-in.ts';
import { startRedis } from '../test/support/services/redis.ts';
import type { Service } from '../test/support/services/service-process.ts';

const ended = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
const started: Service[] = [];

async function start(variable: string, make: () => Promise<Service>): Promise<void> {
  try {
    const service = await make();
    started.push(service);
    console.log(`${variable}=${service.uri}`);
  } catch (error) {
    console.error(`# ${variable}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

console.error('# The first start builds the stand-in for MongoDB, which takes minutes. Ctrl-C stops them.');
const starting = Promise.all([start('REDIS_URL', startRedis), start('MONGODB_URI', startMongoStandIn)]);
await Promise.race([ended, starting.then(() => (process.argv.includes('--check') ? undefined : ended))]);
await Promise.all(started.map((service) => service.stop()));
// Builds of stand-ins that are under way are abandoned.
process.exit();
