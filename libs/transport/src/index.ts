/**
 * Ports over a wire. How to make a service of a port, over `@nestjs/microservices` (TCP):
 *
 * 1. Describe it once: `describeService<Port>()({ name, failures, methods: { method: { repeatable, request, response } } })`. Codecs: `json()` and `plain()` for small values; `withText(member)` for an
 *    object with one large text, which then travels beside the JSON; or one of your own (`encode` gives `{ head, text? }`). Methods that are left out do not travel.
 * 2. Serve it: `const rpc = rpcService({ host, port, secret, clock, logger, services: [bindService(description, implementation)] })`; put `rpc.module` into the imports of the app's
 *    module, then `app.connectMicroservice({ strategy: rpc.strategy })` and `await app.startAllMicroservices()`; `rpc.strategy.listeningPort` says where. `app.close()` drains it.
 * 3. Call it: `const { port, control } = createRpcClient(description, { servers: [{ host, port }], secret, clock, logger })`. `port` has the methods, `control.close()` lets go.
 *
 * Errors come out as `DatakeepError`s (`createRpcClient` says which). Wrap a request in `withRequestId` (kernel) and its id travels along, and stands in `currentRequestId()` there.
 * Handlers written by hand carry `@ForServices()` on their class; without it the start fails.
 */
export { createRpcClient, type RpcClient, type RpcClientControl, type RpcClientOptions } from './client/rpc-client.ts';
export type { ServerAddress } from './client/rpc-connection.ts';
export { ForServices } from './server/for-services.ts';
export { bindService, type BoundService } from './server/rpc-controller.ts';
export { rpcService, type RpcService, type RpcServiceOptions } from './server/rpc-service.ts';
export { dataStorageService, remoteDataStorage } from './services/data-storage.ts';
export { executionService, remoteExecution } from './services/execution.ts';
export { RemoteRunDesk } from './services/remote-run-desk.ts';
export { runDeskService } from './services/run-desk.ts';
export { viewManagerService, type ViewsPort } from './services/view-manager.ts';
export { type Codec, json, optional, type WireBody, withText } from './wire/codec.ts';
export { fromWireError, type ServiceFailures } from './wire/rpc-errors.ts';
export {
  describeService,
  type MethodDescription,
  plain,
  type Remote,
  type ServiceDescription,
} from './wire/service-description.ts';
export { batchFromJson, modifierFrom, restoredFromJson, resultsToJson } from './http-storage/event-json.ts';
export { changesFromParameters, changesToText } from './http-storage/changes-json.ts';
export { foreignStorage } from './http-storage/foreign-storage.ts';
export { HttpDataStorage, type HttpDataStorageOptions } from './http-storage/http-data-storage.ts';
export { aggregationFromJson, groupsToText } from './http-storage/aggregation-json.ts';
export { pageToText, queryFromJson } from './http-storage/query-json.ts';
export { ServiceSecret } from './wire/service-secret.ts';
