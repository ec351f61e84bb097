import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataStorage } from '@datakeep/contracts';
import type { Logger } from '@datakeep/kernel';
import { NestLog, version } from '@datakeep/service-host';
import { ServiceSecret } from '@datakeep/transport';
import { storageApiDocument } from './openapi.ts';
import { ProblemFilter } from './problem-filter.ts';
import { DATA_STORAGE, StorageApiController } from './storage-api.controller.ts';
import { STORAGE_KEY, StorageKeyGuard } from './storage-key-guard.ts';

export interface StorageApi {
  /** STORAGE_URL of whoever calls it. */
  readonly url: string;
  /** `METHOD /path` of everything that is answered. */
  readonly routes: readonly string[];
  close(): Promise<void>;
}

export interface StorageApiOptions {
  readonly storage: DataStorage;
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}

/** A batch of 16 MiB of payloads, and what surrounds them. */
const bodyLimit = 32 * 1024 * 1024;

@Module({})
class StorageApiModule {
  static over({ storage, key, logger }: StorageApiOptions): DynamicModule {
    return {
      module: StorageApiModule,
      controllers: [StorageApiController],
      providers: [
        { provide: DATA_STORAGE, useValue: storage },
        { provide: STORAGE_KEY, useValue: new ServiceSecret(key) },
        { provide: APP_GUARD, useClass: StorageKeyGuard },
        { provide: APP_FILTER, useValue: new ProblemFilter(logger) },
      ],
    };
  }
}

/** Serves `/storage/v1` over a storage, and its OpenAPI document at `/storage/v1/openapi.json`, which is no secret. */
export async function startStorageApi(options: StorageApiOptions): Promise<StorageApi> {
  const { logger, host, port } = options;
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit,
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
  const app = await NestFactory.create<NestFastifyApplication>(StorageApiModule.over(options), adapter, {
    logger: new NestLog(logger),
    abortOnError: false,
  });
  const document = JSON.stringify(storageApiDocument(version));
  fastify.get('/storage/v1/openapi.json', (_request, reply) => reply.header('content-type', 'application/json').send(document));
  await app.listen(port, host);
  const address = (app.getHttpServer() as Server).address() as AddressInfo;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`, routes, close: () => app.close() };
}
