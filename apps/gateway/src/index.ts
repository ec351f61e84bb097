export { composeRegistry, type RegistryParts } from './compose-registry.ts';
export type { GatewayParts } from './gateway.module.ts';
export { type Gateway, type RunningGateway, serveGateway, startGateway } from './bootstrap.ts';
