import { runProcess } from '@datakeep/service-host';
import { startGatewayProcess } from './start-process.ts';

/** Starts the gateway from the environment and serves until a signal. */
export function run(): Promise<void> {
  return runProcess('gateway', startGatewayProcess);
}
