export { drillProgram } from './drill/drill-program.ts';
export { openRuntimes } from '../../executors/src/index.ts';
export { openCopy } from './open-copy.ts';
export type { RunningKeep } from './replaceable-keep.ts';
