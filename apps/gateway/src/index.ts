export type { GatewayParts } from './gateway.module.ts';
export { startGateway, type Gateway } from './bootstrap.ts';
export { Readiness } from './system-api/readiness.ts';
