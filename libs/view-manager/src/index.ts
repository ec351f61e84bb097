export { DefaultViewManager } from './view-manager.ts';
export type { ViewManagerOptions } from './options.ts';
