import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, ServiceSecret } from '@datakeep/kernel';
import { NestLog } from '../nest-log.ts';
import { API_KEY, KeyGuard } from './key-guard.ts';
import { ProblemFilter } from '../problems/problem-filter.ts';

/** An interface of the keep for other programs, behind one key. */
export interface KeyedApi {
  readonly url: string;
  /** `METHOD /path` of everything that is answered. */
  readonly routes: readonly string[];
  close(): Promise<void>;
}

export interface KeyedApiOptions {
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  /** Bytes of a body. */
  readonly bodyLimit: number;
  /** Where the OpenAPI document is, which is no secret. */
  readonly document: { readonly path: string; readonly content: object };
  /** For what a route needs of the server, before it listens. */
  readonly prepare?: (app: NestFastifyApplication) => Promise<unknown>;
}

@Module({})
class KeyedApiModule {
  static over({ controllers, providers, key, logger }: KeyedApiOptions): DynamicModule {
    return {
      module: KeyedApiModule,
      controllers: [...controllers],
      providers: [
        ...providers,
        { provide: API_KEY, useValue: new ServiceSecret(key) },
        { provide: APP_GUARD, useClass: KeyGuard },
        // Whatever else Fastify refuses there is a body that it could not parse.
        { provide: APP_FILTER, useValue: new ProblemFilter(logger, 'unreadable-body') },
      ],
    };
  }
}

/** Serves the controllers over HTTP; every route requires the key. */
export async function serveKeyedApi(options: KeyedApiOptions): Promise<KeyedApi> {
  const { logger, host, port, bodyLimit, document, prepare } = options;
  // Loaded only where an API is served: 2.5 MiB of an idle storage process without one.
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit,
    // A payload may have any member but `__proto__`.
    onConstructorPoisoning: 'ignore',
    keepAliveTimeout: 30_000,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  const fastify = adapter.getInstance();
  const routes: string[] = [];
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) if (name !== 'HEAD' && name !== 'OPTIONS') routes.push(`${name} ${url}`);
  });
  const app = await NestFactory.create<NestFastifyApplication>(KeyedApiModule.over(options), adapter, {
    logger: new NestLog(logger),
    abortOnError: false,
  });
  await prepare?.(app);
  const text = JSON.stringify(document.content);
  fastify.get(document.path, (_request, reply) => reply.header('content-type', 'application/json').send(text));
  await app.listen(port, host);
  const address = (app.getHttpServer() as Server).address() as AddressInfo;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`, routes, close: () => app.close() };
}
