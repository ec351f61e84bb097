import { keysPart } from '@datakeep/keys';
import { backupsPart } from '@datakeep/backup';
import { documentsPart } from '@datakeep/documents';
import { sourceCodePart } from '@datakeep/execution';
import type { DataDirPart } from '@datakeep/kernel';
import { movePart } from '@datakeep/move';
import { queuePart } from '@datakeep/run-queue';
import { eventsPart } from '@datakeep/storage';

/** All that a keep may have in DATA_DIR. Records come before events: a snapshot is taken in this order. */
export const dataDirParts: readonly DataDirPart[] = [
  documentsPart,
  eventsPart,
  keysPart,
  sourceCodePart,
  queuePart,
  backupsPart,
  movePart,
];
