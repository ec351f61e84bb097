import { openMongoStorage } from '@datakeep/storage';
import { createLogger } from '@datakeep/kernel';
import { describe } from 'vitest';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { dataStorageContract } from './data-storage.contract.ts';
import { transferLaw } from './data-storage.transfer.contract.ts';

const server = await mongoServer('Data Storage contract');

describe.runIf(server.uri)('on a shared server', () => {
  const harness = {
    engine: server.name,
    real: true,
    place: () => {
      const database = server.newDatabase();
      return Promise.resolve({
        // A small queue: the stand-in takes seconds for the 20,000 events that fill the usual one.
        open: () =>
          openMongoStorage(
            { uri: server.uri ?? '', database },
            { logger: createLogger('error'), limits: { waitingEvents: 1000 } },
          ),
        discard: () => server.drop(database),
      });
    },
  };
  dataStorageContract(harness);
  transferLaw(harness);
});
