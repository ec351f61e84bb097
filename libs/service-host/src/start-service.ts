import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock, Config, Logger } from '@datakeep/kernel';
import { TELEMETRY, type Telemetry, TelemetryModule } from '@datakeep/telemetry';
import { type BoundService, rpcService } from '@datakeep/transport';
import { readServiceTls } from './clients/service-tls.ts';
import { closeAll } from './close-all.ts';
import { startHealthServer } from './health-server.ts';
import { NestLog } from './nest-log.ts';
import { Readiness } from './readiness.ts';
import type { RunningProcess } from './run-process.ts';

export interface ServiceOptions {
  /** `storage`, `views`, … */
  readonly name: string;
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where SERVICE_PORT and HEALTH_PORT are not set. */
  readonly ports: { readonly service: number; readonly health: number };
  /** What it answers over the wire. */
  readonly services: readonly BoundService[];
  /** What it must reach before it is ready. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  /** Adds its own metrics to those of Node. */
  readonly measure?: (registry: Registry) => void;
  /** Close the service's dependencies, in this order, once it takes no more calls. */
  readonly closers: readonly (() => Promise<void>)[];
  /** What ends first, while the other services can still be answered: the workers of a queue. */
  readonly before?: () => Promise<void>;
}

export interface RunningService extends RunningProcess {
  readonly port: number;
  readonly healthPort: number;
}

@Module({})
class ServiceModule {}

/** One service of the keep as a process: its ports over TCP, and its health and metrics over HTTP. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { name, config, clock, logger } = options;
  const rpc = rpcService({
    host: config.serviceHost,
    port: config.servicePort ?? options.ports.service,
    secret: config.serviceSecret,
    tls: readServiceTls(config),
    clock,
    logger,
    services: options.services,
  });
  const readiness = new Readiness(options.checks);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  options.measure?.(registry);
  const app = await NestFactory.createMicroservice(
    { module: ServiceModule, imports: [TelemetryModule.forRoot(options, name), rpc.module] },
    { strategy: rpc.strategy, logger: new NestLog(logger), abortOnError: false },
  );
  await app.listen();
  app.get<Telemetry>(TELEMETRY).measure(registry);
  let health;
  try {
    health = await startHealthServer({
      readiness,
      registry,
      host: config.serviceHost,
      port: config.healthPort ?? options.ports.health,
    });
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port: healthPort } = health;
  const port = rpc.strategy.listeningPort;
  const at = config.serviceHost.includes(':') ? `[${config.serviceHost}]` : config.serviceHost;
  return {
    port,
    healthPort,
    address: `tcp://${at}:${port}`,
    greeting:
      `Datakeep's ${name} serves the other services at ${at}:${port}\n  Health and metrics  ` +
      `http://${at}:${healthPort}\n`,
    announceStop: () => readiness.stop(),
    close: async () => {
      readiness.stop();
      await closeAll([async () => options.before?.(), () => app.close(), ...options.closers, () => health.close()]);
    },
  };
}
