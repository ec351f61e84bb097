export { DefaultViewManager } from './view-manager.ts';
export type { ViewManagerOptions } from './records/options.ts';
export { runRetention } from './runs/run-sweeper.ts';
export { templateFaults } from './templates/template-input.ts';
export { ViewManagerModule } from './view-manager.module.ts';
export { viewRecords } from './records/view-records.ts';
