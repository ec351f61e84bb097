import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStorage } from '@datakeep/storage';
import { SystemClock } from '@datakeep/kernel';
import { HttpDataStorage } from '@datakeep/transport';
import { startStorageApi } from '../../apps/storage/src/storage-api/start-storage-api.ts';
import { recordingLogger } from '../support/transport/served-services.ts';
import { dataStorageContract } from './data-storage.contract.ts';
import { holdSqliteWrites } from './sqlite-hold.ts';

const clock = new SystemClock();
const key = 's'.repeat(43);

dataStorageContract({
  engine: 'SQLite over HTTP',
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
        const api = await startStorageApi({
          storage,
          key,
          host: '127.0.0.1',
          port: 0,
          logger: recordingLogger().logger,
        });
        const remote = new HttpDataStorage({ url: api.url, key, clock, deadlineMs: 60_000 });
        const close = async (): Promise<void> => {
          await remote.close();
          await api.close();
          await storage.close();
        };
        return new Proxy(remote, {
          get: (target, name) => {
            if (name === 'close') return close;
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          },
        });
      },
      discard: () => rm(directory, { recursive: true }),
      holdWrites: () => holdSqliteWrites(directory),
    };
  },
});
