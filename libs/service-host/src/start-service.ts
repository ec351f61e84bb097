import 'reflect-metadata';
import { type DynamicModule, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { TELEMETRY, type Telemetry, TelemetryModule } from '@datakeep/telemetry';
import { type BoundService, rpcService } from '@datakeep/transport';
import { readServiceTls } from './clients/service-tls.ts';
import { closeAll } from './close-all.ts';
import { startHealthServer } from './health-server.ts';
import { NestLog } from './nest-log.ts';
import { ProcessModule } from './process.module.ts';
import { Readiness } from './readiness.ts';
import type { ProcessStart, RunningProcess } from './run-process.ts';

export interface ServiceOptions {
  /** `storage`, `views`, … */
  readonly name: string;
  /** Where SERVICE_PORT and HEALTH_PORT are not set. */
  readonly ports: { readonly service: number; readonly health: number };
  /** The last one closes first, once no more calls are taken. */
  readonly modules: readonly (DynamicModule | Promise<DynamicModule>)[];
  /** What it answers over the wire. */
  readonly services: readonly BoundService[];
  /** Called when the modules are open, before it takes calls. */
  readonly begin: (app: INestMicroservice) => ServiceHooks | Promise<ServiceHooks>;
}

export interface ServiceHooks {
  /** What it must reach before it is ready. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  /** Adds its own metrics to those of Node. */
  readonly measure?: (registry: Registry) => void;
  /** Called when it takes calls: what may begin then. */
  readonly serving?: () => void;
  /** What ends first, while the other services can still be answered: the workers of a queue. */
  readonly end?: () => Promise<void>;
}

export interface RunningService extends RunningProcess {
  readonly port: number;
  readonly healthPort: number;
}

@Module({})
class ServiceModule {}

/** One service of the keep as a process: its ports over TCP, and its health and metrics over HTTP. */
export async function startService(start: ProcessStart, options: ServiceOptions): Promise<RunningService> {
  const { config, clock, logger } = start;
  const { name, services } = options;
  const host = config.serviceHost;
  const rpc = rpcService({
    host,
    port: config.servicePort ?? options.ports.service,
    secret: config.serviceSecret,
    tls: readServiceTls(config),
    clock,
    logger,
    services,
  });
  const imports = [TelemetryModule.forRoot(start, name), ProcessModule.forRoot(start), ...options.modules, rpc.module];
  const app = await NestFactory.createMicroservice(
    { module: ServiceModule, imports },
    { strategy: rpc.strategy, logger: new NestLog(logger), abortOnError: false },
  );
  let hooks: ServiceHooks | undefined;
  const close = () => closeAll([async () => hooks?.end?.(), () => app.close()]);
  try {
    hooks = await options.begin(app);
    const readiness = new Readiness(hooks.checks);
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    hooks.measure?.(registry);
    await app.listen();
    app.get<Telemetry>(TELEMETRY).measure(registry);
    const health = await startHealthServer({
      readiness,
      registry,
      host,
      port: config.healthPort ?? options.ports.health,
    });
    const { port: healthPort } = health;
    hooks.serving?.();
    const port = rpc.strategy.listeningPort;
    const at = host.includes(':') ? `[${host}]` : host;
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
        await closeAll([close, () => health.close()]);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
