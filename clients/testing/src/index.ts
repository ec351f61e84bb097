export { Admin, type AppHolder, type ViewTemplateFields } from './admin.ts';
export { Approving } from './approving.ts';
export { startKeep, TestKeep, type AppOptions, type StartKeepOptions } from './start-keep.ts';
