import { type Config, type Clock, ObjectIds, createLogger } from '@datakeep/kernel';
import { connectMongo } from '@datakeep/mongo';
import { examineRedis } from '@datakeep/run-queue';
import { foreignStorage } from '@datakeep/transport';
import { MemorySourceStore } from '@datakeep/execution';
import { openRuntimes } from '../../../standalone/src/index.ts';
import { fault, type Finding, reasonOf, runtimeFinding, warning, well } from './finding.ts';

/** A server whose clock differs by more orders the keep's records wrongly, ms. */
const driftMs = 5000;

export async function checkMongo({ mongodbUri }: Config, clock: Clock): Promise<readonly Finding[]> {
  if (mongodbUri === undefined) return [];
  try {
    const connection = await connectMongo({ uri: mongodbUri });
    try {
      const { localTime } = await connection.db!.command({ hello: 1 });
      const drift = localTime instanceof Date ? Math.abs(localTime.getTime() - clock.now()) : 0;
      return [
        drift > driftMs
          ? warning('MongoDB', `Its clock differs by ${Math.round(drift / 1000)} s.`, 'Set both clocks (NTP).')
          : well('MongoDB', 'It answers, and has transactions.'),
      ];
    } finally {
      await connection.close();
    }
  } catch (error) {
    return [fault('MongoDB', reasonOf(error), 'See docs/deployment.md.')];
  }
}

export async function checkRedis({ redisUrl }: Config): Promise<readonly Finding[]> {
  if (redisUrl === undefined) return [];
  try {
    const warnings = await examineRedis(redisUrl);
    return warnings.length === 0
      ? [well('Redis', 'It answers, and takes what the run queue does.')]
      : warnings.map((one) => warning('Redis', one, 'See docs/deployment.md.'));
  } catch (error) {
    return [
      fault(
        'Redis',
        reasonOf(error),
        'Start it, or set REDIS_URL (docs/deployment.md). Without REDIS_URL a keep needs none.',
      ),
    ];
  }
}

export async function checkStorage(config: Config, clock: Clock): Promise<readonly Finding[]> {
  if (config.storageUrl === undefined) return [];
  const storage = foreignStorage(config, clock);
  try {
    await storage?.ping();
    return [well('storage', 'The program at STORAGE_URL answers.')];
  } catch (error) {
    return [fault('storage', reasonOf(error), 'Start it, or set STORAGE_URL and STORAGE_KEY (docs/storage.md).')];
  } finally {
    await storage?.close();
  }
}

/** Attacks from inside the jail that views get, as each start makes them. */
export async function checkRuntimes(config: Config, clock: Clock): Promise<readonly Finding[]> {
  const logger = createLogger('error', { write: () => undefined });
  const runtimes = await openRuntimes({
    config: { ...config, executionPort: undefined, viewProcesses: 1 },
    sources: new MemorySourceStore(),
    clock,
    ids: new ObjectIds(),
    logger,
  });
  try {
    await runtimes.prove();
    const reports = await Promise.all([...runtimes.services.values()].map((service) => service.report()));
    return reports.map(runtimeFinding);
  } finally {
    await runtimes.close();
  }
}
