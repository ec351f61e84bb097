/** How a process of the keep starts, says how it is, and stops: the same for every app. */
export {
  ExecutionClientModule,
  remoteDataStorage,
  RunCoordinatorClientModule,
  StorageClientModule,
  ViewManagerClientModule,
  VIEWS_CLIENT,
} from './clients/client-modules.ts';
export { readServiceTls } from './clients/service-tls.ts';
export { gaugesOf } from './gauges.ts';
export { measureQueue, measureRuntimes } from './run-metrics.ts';
export { measureStorage } from './storage-metrics.ts';
export { closeAll } from './close-all.ts';
export { type KeyedApi, type KeyedApiOptions, serveKeyedApi } from './keyed-api/serve-keyed-api.ts';
export { NestLog } from './nest-log.ts';
export { ProblemFilter, sendProblem, toDatakeepError } from './problems/problem-filter.ts';
export { type HealthServer, startHealthServer } from './health-server.ts';
export { Readiness, type ReadinessReport } from './readiness.ts';
export { requireVariables } from './require-variables.ts';
export { runProcess, type ProcessStart, type RunningProcess } from './run-process.ts';
export { startService, type RunningService, type ServiceOptions } from './start-service.ts';
export { startFlags } from './prepare-node.ts';
export { ProcessModule } from './process.module.ts';
