export { composeEventServices } from './compose-event-services.ts';
export { composeAppRemoval, composeRegistry } from './compose-registry.ts';
export type { GatewayParts } from './gateway.module.ts';
export { type Gateway, serveGateway } from './bootstrap.ts';
