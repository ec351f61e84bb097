export { concurrencyOf } from './compose-runtimes.ts';
export { ExecutionModule, OpenRuntimes } from './execution.module.ts';
