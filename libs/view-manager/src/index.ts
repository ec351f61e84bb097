export { DefaultViewManager } from './view-manager.ts';
export type { ViewManagerOptions } from './options.ts';
export { runRetention } from './run-sweeper.ts';
