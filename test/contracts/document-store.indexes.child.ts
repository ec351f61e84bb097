import { SqliteDocuments } from '@datakeep/documents';
import { createLogger } from '@datakeep/kernel';

import { indexedNotes } from './document-store.notes.ts';

/** Opens a store whose notes have no index yet, with a log, and prints `indexed` once they have them. */
const store = SqliteDocuments.open({
  file: process.argv[2] ?? '',
  synchronous: 'full',
  logger: createLogger('info'),
});
store.collection(indexedNotes);
process.stdout.write('indexed\n');
await store.close();
