export { concurrencyOf, openRuntimes, OpenRuntimes } from './open-runtimes.ts';
export { ExecutionModule } from './execution.module.ts';
