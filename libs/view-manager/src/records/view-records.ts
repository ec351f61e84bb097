import type { RecordsPart } from '@datakeep/documents';
import { dryRunReadRecords, dryRunRecords, instanceRecords, runInputRecords, runRecords } from './records.ts';
import { templateRecords, versionRecords } from './template-records.ts';

export const viewRecords: RecordsPart = {
  name: 'views',
  collections: [
    templateRecords,
    versionRecords,
    instanceRecords,
    runRecords,
    runInputRecords,
    dryRunRecords,
    dryRunReadRecords,
  ],
};
