/**
 * Ports over a wire: clients and message handlers over Nest's TCP transport (`@nestjs/microservices`), and over HTTP.
 * How to make a service of a port:
 *
 * 1. Describe it once: `describeService<Port>()({ name, failures, methods: { method: { repeatable, deadlineMs? } } })`.
 *    Arguments and results are JSON. Methods that are left out do not travel.
 * 2. Serve it: `const rpc = rpcService({ host, port, secret, tls, clock, logger, services: [bindService(description,
 *    implementation)] })`; put `rpc.module` into the imports of the module
 *    that `NestFactory.createMicroservice(…, { strategy: rpc.strategy })` starts; `rpc.strategy.listeningPort` says
 *    where. `app.close()` drains it.
 * 3. Call it: `const { port, control } = createRpcClient(description, { servers: [{ host, port }], secret, tls, clock,
 *    logger })`. `port` has the methods, `control.close()` closes the connections.
 *
 * Errors come out as `DatakeepError`s (`createRpcClient` says which). Wrap a request in `withRequestId` (kernel) and
 * its id travels along, and stands in `currentRequestId()` there.
 */
export {
  ExecutionClientModule,
  RunCoordinatorClientModule,
  StorageClientModule,
  ViewManagerClientModule,
  VIEWS_CLIENT,
} from './client/client-modules.ts';
export { createRpcClient, type RpcClient, type RpcClientOptions } from './client/rpc-client.ts';
export type { ServerAddress } from './client/service-connection.ts';
export { bindService, type BoundService } from './server/rpc-controller.ts';
export { rpcService, type RpcService, type RpcServiceOptions } from './server/rpc-service.ts';
export { dataStorageService, remoteDataStorage } from './services/data-storage.ts';
export { executionService, remoteExecution } from './services/execution.ts';
export { runCoordinatorService } from './services/run-coordinator.ts';
export { viewManagerService, type ViewsPort } from './services/view-manager.ts';
export { fromWireError, type ServiceFailures } from './wire/rpc-errors.ts';
export {
  describeService,
  type MethodDescription,
  type Remote,
  type ServiceDescription,
} from './wire/service-description.ts';
export { readServiceTls, type ServiceTls } from './wire/service-tls.ts';
export { batchFromJson, modifierFrom, restoredFromJson, resultsToJson } from './http-storage/event-json.ts';
export { changesFromParameters, changesToText } from './http-storage/changes-json.ts';
export { foreignStorage } from './http-storage/foreign-storage.ts';
export { HttpDataStorage, type HttpDataStorageOptions } from './http-storage/http-data-storage.ts';
export { groupsToText } from './http-storage/aggregation-json.ts';
export { objectAt } from './http-storage/filter-json.ts';
export { flagAt, hintsFrom, pageToText, positionOf } from './http-storage/query-json.ts';
export { ServiceSecret } from './wire/service-secret.ts';
