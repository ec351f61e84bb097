import type { RecordsPart } from '@datakeep/documents';
import { sourceCodeRecords } from '@datakeep/execution';
import { registryRecords } from '@datakeep/registry';
import { queueRecords } from '@datakeep/run-queue';
import { viewRecords } from '@datakeep/view-manager';

/** All that a keep may have among its records. */
export const recordsParts: readonly RecordsPart[] = [registryRecords, viewRecords, sourceCodeRecords, queueRecords];
