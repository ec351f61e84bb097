/**
 * Ports over a wire: over Nest's TCP transport (`@nestjs/microservices`), and over HTTP. A port is described once
 * (`describeService`), answered by a module and a strategy for `NestFactory.createMicroservice` (`rpcService` of
 * `bindService`), and called by a client that has its methods (`createRpcClient`). The id of a request
 * (`withRequestId` of the kernel) travels along.
 */
export { createRpcClient, type RpcClient, type RpcClientOptions } from './client/rpc-client.ts';
export { bindService, type BoundService, rpcService, type RpcServiceOptions } from './server/rpc-service.ts';
export {
  dataStorageService,
  executionService,
  runCoordinatorService,
  viewManagerService,
  type ViewsPort,
} from './services.ts';
export { fromWireError } from './wire/rpc-errors.ts';
export { describeService } from './wire/service-description.ts';
export type { ServiceTls } from './wire/service-socket.ts';
export { batchFromJson, modifierFrom, restoredFromJson, resultsToJson } from './http-storage/event-json.ts';
export { changesFromParameters, changesToText } from './http-storage/changes-json.ts';
export { foreignStorage } from './http-storage/foreign-storage.ts';
export { HttpDataStorage } from './http-storage/http-data-storage.ts';
export { groupsToText } from './http-storage/aggregation-json.ts';
export { objectAt } from './http-storage/filter-json.ts';
export { flagAt, hintsFrom, pageToText, positionOf } from './http-storage/query-json.ts';
