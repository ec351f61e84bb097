import { runProcess } from '@datakeep/service-host';
import { startKeep } from './bootstrap.ts';

/** Starts a keep from the environment and serves until a signal. */
export function run(): Promise<void> {
  return runProcess('standalone', startKeep);
}
