import { openMongoStorage } from '@datakeep/event-store';
import { createLogger } from '@datakeep/kernel';
import { describe } from 'vitest';
import { mongoServers } from '../support/mongo/mongo-servers.ts';
import { dataStorageContract } from './data-storage.contract.ts';

for (const server of await mongoServers('Data Storage contract')) {
  const { name: engine, uri } = server;
  describe.runIf(uri)('on a shared server', () => {
    dataStorageContract({
      engine,
      real: true,
      place: () => {
        const database = server.newDatabase();
        return Promise.resolve({
          // A small queue: the stand-ins take seconds for the 20,000 events that fill the usual one. Long queries: on a busy machine they take longer than 10 s to read as many.
          open: () =>
            openMongoStorage({
              uri: uri ?? '',
              database,
              logger: createLogger('error'),
              limits: { waitingEvents: 1000, longestQueryMs: 60_000 },
            }),
          discard: () => server.drop(database),
        });
      },
    });
  });
}
