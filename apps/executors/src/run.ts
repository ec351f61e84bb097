import { runProcess } from '@datakeep/service-host';
import { startExecutors } from './bootstrap.ts';

/** Starts the executors from the environment and serves until a signal. */
export function run(): Promise<void> {
  return runProcess('executors', startExecutors);
}
