export { dataDirParts } from './data-dir-parts.ts';
export { Drill } from './drill/drill.ts';
export type { DrillResult } from './drill/drill-messages.ts';
export { contentOf } from './manifest-content.ts';
export { openRuntimes } from '../../executors/src/index.ts';
export { moveKeep, type MoveTo } from './move/move-keep.ts';
export { openCopy } from './open-copy.ts';
export type { RunningKeep } from './replaceable-keep.ts';
