/** What a keep consists of, as data: its parts, and their backup, drill, restore and move, in either shape. */
export { BackupsModule } from './backups/backups.module.ts';
export { ScheduleFile } from './backups/schedule-file.ts';
export { dataDirParts } from './data-dir-parts.ts';
export type { DrillJob, DrillResult, FromDrill } from './drill/drill-messages.ts';
export { Drill } from './drill/drill.ts';
export { contentOf } from './manifest-content.ts';
export { copyDatabase } from './move/copy-database.ts';
export { moveKeep, type MoveTo } from './move/move-keep.ts';
export { restoreToDatabase } from './move/restore-database.ts';
export { recordsParts } from './records-parts.ts';
