import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStorage } from '@datakeep/storage';
import { SystemClock } from '@datakeep/kernel';
import { remoteDataStorage } from '@datakeep/service-host';
import { bindService, createRpcClient, dataStorageService } from '@datakeep/transport';
import { recordingLogger, serve } from '../support/transport/served-services.ts';
import { dataStorageContract } from './data-storage.contract.ts';
import { holdSqliteWrites } from './sqlite-hold.ts';

const clock = new SystemClock();
const secret = 's'.repeat(43);

dataStorageContract({
  engine: 'SQLite over TCP',
  real: true,
  place: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'datakeep-events-'));
    return {
      open: async () => {
        const storage = await openSqliteStorage({
          directory,
          synchronous: 'normal',
          readers: 2,
          clock,
          limits: { waitingEvents: 1000 },
        });
        const served = await serve([bindService(dataStorageService, { useValue: storage })], { secret });
        const { logger } = recordingLogger();
        const client = createRpcClient(dataStorageService, {
          servers: [served],
          secret,
          clock,
          logger,
          deadlineMs: 60_000,
        });
        const remote = remoteDataStorage(client, clock);
        return {
          ...remote,
          close: async () => {
            await remote.close();
            await served.close();
            await storage.close();
          },
        };
      },
      discard: () => rm(directory, { recursive: true }),
      holdWrites: () => holdSqliteWrites(directory),
    };
  },
});
