import { closeAll, type ProcessStart, requireVariables, type RunningService, startService } from '@datakeep/service-host';
import { bindService, dataStorageService } from '@datakeep/transport';
import { openEngine } from './open-engine.ts';
import { measureStorage } from './storage-metrics.ts';

const ports = { service: 8021, health: 8121 };

/** Starts the Data Storage as a process: the bootstrap of production, which tests use as well. It is ready when its engine answers. */
export async function startStorage(start: ProcessStart): Promise<RunningService> {
  const config = requireVariables(start.config, 'storage', ['serviceSecret']);
  const storage = await openEngine(start);
  const closers = [() => storage.close()];
  try {
    return await startService({
      name: 'storage',
      config,
      clock: start.clock,
      logger: start.logger,
      ports,
      services: [bindService(dataStorageService, storage)],
      checks: { storage: () => storage.ping() },
      measure: (registry) => measureStorage(registry, storage),
      closers,
    });
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}
