import { openMongoDocuments } from '@datakeep/documents';
import { afterAll, describe } from 'vitest';

import { mongoServer } from '../support/mongo/mongo-server.ts';
import { documentStoreContract } from './document-store.contract.ts';

const { name, uri, newDatabase, drop } = await mongoServer('document store contract');

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
    open: (database) => openMongoDocuments({ uri: uri ?? '', database }),
  });
});
