export { concurrencyOf, openRuntimes } from './open-runtimes.ts';
export { ExecutionModule, OpenRuntimes } from './execution.module.ts';
