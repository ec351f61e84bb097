import { openMongoDocuments } from '@datakeep/documents';
import { createLogger } from '@datakeep/kernel';
import { afterAll, describe } from 'vitest';

import { mongoServers } from '../support/mongo/mongo-servers.ts';
import { documentStoreContract } from './document-store.contract.ts';

for (const { name, uri, newDatabase, drop } of await mongoServers('document store contract')) {
  describe.runIf(uri)('on a shared server', () => {
    const databases: string[] = [];
    afterAll(async () => {
      for (const database of databases) await drop(database);
    });

    documentStoreContract(name, {
      newPlace: () => {
        databases.push(newDatabase());
        return databases.at(-1) ?? '';
      },
      open: (database) => openMongoDocuments({ uri: uri ?? '', database, logger: createLogger('error') }),
    });
  });
}
