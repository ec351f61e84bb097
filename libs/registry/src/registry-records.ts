import type { RecordsPart } from '@datakeep/documents';
import { auditDefinition } from './audit/audit-entry.ts';
import { permissionDefinition } from './permissions/permission-record.ts';
import { profileDefinition } from './profiles/profile-record.ts';
import { adminDefinition, sessionDefinition, setupDefinition } from './records/admin-records.ts';
import { appDefinition, appTokenDefinition, associationTokenDefinition } from './records/app-records.ts';

export const registryRecords: RecordsPart = {
  name: 'registry',
  collections: [
    adminDefinition,
    sessionDefinition,
    setupDefinition,
    appDefinition,
    appTokenDefinition,
    associationTokenDefinition,
    profileDefinition,
    permissionDefinition,
    auditDefinition,
  ],
};
