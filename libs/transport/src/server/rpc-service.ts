import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { assertSecretBeyondLoopback } from '../wire/service-secret.ts';
import { assertCertificate } from '../wire/service-tls.ts';
import { type BoundService, controllerFor, HelloController } from './rpc-controller.ts';
import { RpcServer, type RpcServerOptions } from './rpc-server.ts';
import { LoadShedder, type LoadShedderOptions } from './load-shedder.ts';

export interface RpcServiceOptions extends RpcServerOptions, LoadShedderOptions {
  readonly services: readonly BoundService[];
}

@Module({})
class RpcServiceModule {}

/**
 * The server side of one or more services on one port: a module for the app's imports, and the strategy of
 * `NestFactory.createMicroservice`; closing the app closes it. Every
 * message handler of the microservice is behind the gate, also one written by hand. Throws `ConfigError` for a host
 * beyond loopback without a secret, and for TLS without a certificate.
 */
export function rpcService(options: RpcServiceOptions) {
  assertSecretBeyondLoopback([options.host], options.secret);
  assertCertificate(options.tls);
  const gate = new LoadShedder(options);
  const module: DynamicModule = {
    module: RpcServiceModule,
    controllers: [HelloController, ...options.services.map((service) => controllerFor(service, gate))],
    providers: [APP_GUARD, APP_FILTER].map((provide) => ({ provide, useValue: gate })),
  };
  return { module, strategy: new RpcServer(options, gate), gate };
}

export type RpcService = ReturnType<typeof rpcService>;
