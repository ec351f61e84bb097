import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import multipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { DynamicModule } from '@nestjs/common';
import { version } from '@datakeep/kernel';
import { Admins, AppRemoval, Callers, UnapprovedRemoval } from '@datakeep/registry';
import { NestLog, type ProcessStart, Readiness, startHealthServer } from '@datakeep/service-host';
import { TELEMETRY, type Telemetry } from '@datakeep/telemetry';
import { GatewayModule, type GatewayModuleOptions } from './gateway.module.ts';
import { servePageFiles } from './control-centre/page-files.ts';
import { createEdge, type Edge } from './http/fastify-adapter.ts';
import { allowCrossOrigin } from './http/cross-origin.ts';
import type { RouteTable } from './http/route-table.ts';
import { type ApiDocuments, apiDocuments } from './api-documents.ts';
import { swaggerOptions, swaggerStyles } from './openapi/swagger-ui.ts';
import { Metrics } from './system-api/metrics.ts';

/** What a request in flight gets to finish at a shutdown, ms (docs/deployment.md). */
const inFlightMs = 10_000;

export interface Gateway {
  readonly app: NestFastifyApplication;
  readonly routes: RouteTable;
  readonly documents: ApiDocuments;
  /** `http://host:port`. */
  readonly url: string;
  /** Accepts no more, waits for requests in flight, at most 10 s, and closes the application. */
  close(): Promise<void>;
}

/** A keep's edge, serving, with the admin of the first start made or asked for. */
export interface RunningGateway {
  readonly gateway: Gateway;
  /** Where the admin is made; only at a first start without ADMIN_PASSWORD. Holds a secret. */
  readonly setupUrl?: string;
  /** For the person at the terminal. */
  readonly greeting: string;
  /** Answers as stopping from now on. */
  announceStop(): void;
}

/**
 * Starts the application whose root module is made of the gateway's: its modules, the admin of a first start, then the
 * HTTP server.
 */
export async function serveGateway(
  { config, logger, clock }: ProcessStart,
  checks: GatewayModuleOptions['checks'],
  root: (gateway: DynamicModule) => DynamicModule,
): Promise<RunningGateway> {
  const edge = createEdge(config, logger, clock);
  const gatewayModule = GatewayModule.forRoot({ config, edge, checks });
  const app = await NestFactory.create<NestFastifyApplication>(root(gatewayModule), edge.adapter, {
    bodyParser: false,
    logger: new NestLog(logger),
    abortOnError: false,
  });
  try {
    const admins = app.get(Admins);
    if (config.adminPassword !== undefined) await admins.createFirstAdmin(config.adminName, config.adminPassword);
    const setupToken = await admins.prepareSetup();
    const gateway = await listen(app, edge, { config, logger, clock });
    app.get(AppRemoval).start();
    void app.get(UnapprovedRemoval).start();
    const { url } = gateway;
    const setupUrl = setupToken === undefined ? undefined : `${config.publicUrl ?? url}/setup#token=${setupToken}`;
    return {
      gateway,
      ...(setupUrl === undefined ? {} : { setupUrl }),
      greeting:
        `Datakeep serves at ${url}\n  Control Centre ${url}/\n  API ` +
        `docs       ${url}/docs\n${setupUrl === undefined ? '' : `  First start    make the admin: ${setupUrl}\n`}`,
      announceStop: () => app.get(Readiness).stop(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(
  app: NestFastifyApplication,
  { adapter, routes }: Edge,
  { config, logger, clock }: ProcessStart,
): Promise<Gateway> {
  const readiness = app.get(Readiness);
  const fastify = adapter.getInstance();
  await app.register(multipart as never);
  await servePageFiles(app);
  allowCrossOrigin(fastify, app.get(Callers));
  const metrics = app.get(Metrics);
  metrics.observe(fastify);
  app.get<Telemetry>(TELEMETRY).measure(metrics.registry);
  // From the first sign of a shutdown on, no connection is kept: when the server closes, none is idle that a client
  // might just be sending on.
  fastify.addHook('onRequest', (_request, reply, done) => {
    if (readiness.isStopping) reply.header('connection', 'close');
    done();
  });
  if (config.logRequests) {
    fastify.addHook('onResponse', (request, reply, done) => {
      logger.info('request', {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      });
      done();
    });
  }

  const documents = apiDocuments(app, version);
  SwaggerModule.setup('docs', app, documents.app, {
    jsonDocumentUrl: 'openapi/app.json',
    customSiteTitle: 'Datakeep API',
    explorer: true,
    raw: ['json'],
    swaggerOptions,
    customCss: swaggerStyles,
  });
  SwaggerModule.setup('docs-admin', app, documents.admin, {
    jsonDocumentUrl: 'openapi/admin.json',
    raw: ['json'],
    ui: false,
  });

  await app.init();
  await app.listen(config.port, config.host);
  const { metricsPort, host } = config;
  const metricsServer =
    metricsPort === 0
      ? undefined
      : await startHealthServer({ readiness, registry: metrics.registry, host, port: metricsPort });
  const server = app.getHttpServer() as Server;
  const { port } = server.address() as AddressInfo;
  return {
    app,
    routes,
    documents,
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    close: async () => {
      readiness.stop();
      const late = clock.setTimer(inFlightMs, () => server.closeAllConnections());
      await metricsServer?.close();
      await app.close();
      late.cancel();
    },
  };
}
