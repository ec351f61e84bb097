import { runProcess } from '@datakeep/service-host';
import { startViews } from './bootstrap.ts';

/** Starts the view manager from the environment and serves until a signal. */
export function run(): Promise<void> {
  return runProcess('views', startViews);
}
