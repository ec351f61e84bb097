import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { AdmissionLimits } from '../wire/admission.ts';
import { assertSecretBeyondLoopback } from '../wire/service-secret.ts';
import { assertMessageHandlersGuarded, ServiceSecretGuard } from './for-services.ts';
import { SERVICE_GATE } from './injection-tokens.ts';
import { type BoundService, controllerFor, HelloController } from './rpc-controller.ts';
import { RpcErrorFilter } from './rpc-error-filter.ts';
import { RpcServer, type RpcServerOptions } from './rpc-server.ts';
import { ServiceGate } from './service-gate.ts';

export interface RpcServiceOptions extends RpcServerOptions {
  /** SERVICE_SECRET; needed beyond loopback. */
  readonly secret: string | undefined;
  readonly inFlight?: AdmissionLimits;
  readonly services: readonly BoundService[];
}

export interface RpcService {
  /** Goes into the imports of the app's module. */
  readonly module: DynamicModule;
  /** `app.connectMicroservice({ strategy })`; closing the app closes it: it takes no more and finishes what was accepted. */
  readonly strategy: RpcServer;
  readonly gate: ServiceGate;
}

/**
 * The server side of one or more services on one port. Every message passes the guard (`@ForServices()`), the gate (too late, too much, going down), and its codec; the start
 * fails when any message handler of the app lacks the guard. Throws `ConfigError` for a host beyond loopback without a secret.
 */
export function rpcService({ secret, inFlight, services, ...server }: RpcServiceOptions): RpcService {
  assertSecretBeyondLoopback([server.host], secret);
  const gate = new ServiceGate({
    secret,
    clock: server.clock,
    logger: server.logger,
    ...(inFlight ? { inFlight } : {}),
  });
  const strategy = new RpcServer(server, gate);

  @Module({})
  class RpcServiceModule {
    constructor(discovery: DiscoveryService, scanner: MetadataScanner) {
      strategy.assertGuarded = () => assertMessageHandlersGuarded(discovery, scanner);
    }
  }
  const module: DynamicModule = {
    module: RpcServiceModule,
    global: true,
    imports: [DiscoveryModule],
    controllers: [HelloController, ...services.map((service) => controllerFor(service))],
    providers: [{ provide: SERVICE_GATE, useValue: gate }, ServiceSecretGuard, RpcErrorFilter],
    exports: [SERVICE_GATE],
  };
  return { module, strategy, gate };
}
