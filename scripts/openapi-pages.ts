import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { createLogger, readConfig, SystemClock, version } from '@datakeep/kernel';
import { executionApiDocument } from '../apps/executors/src/execution-api/openapi.ts';
import { GatewayModule } from '../apps/gateway/src/gateway.module.ts';
import { StandaloneModule } from '../apps/standalone/src/standalone.module.ts';
import { createEdge } from '../apps/gateway/src/http/fastify-adapter.ts';
import { apiDocuments } from '../apps/gateway/src/api-documents.ts';
import { storageApiDocument } from '../apps/storage/src/storage-api/openapi.ts';

/**
 * docs/openapi: the documents that a keep and its services serve. The gateway's are read off its controllers, of which
 * a preview makes none.
 */
export async function openapiPages(): Promise<Readonly<Record<string, string>>> {
  const config = readConfig({});
  const [logger, clock] = [createLogger('error'), new SystemClock()];
  const edge = createEdge(config, logger, clock);
  const gateway = GatewayModule.forRoot({ config, edge, checks: { useFactory: () => ({}) } });
  const asked = { publicUrl: () => '', localUrl: () => '', replace: () => undefined };
  const app = await NestFactory.create(
    StandaloneModule.forRoot({ config, logger, clock, ...asked }, gateway),
    edge.adapter,
    {
      preview: true,
      abortOnError: false,
      logger: ['error'],
    },
  );
  const { app: forApps, admin } = apiDocuments(app, version);
  const documents = {
    app: forApps(),
    admin: admin(),
    storage: storageApiDocument(version),
    execution: executionApiDocument(version, ['javascript', 'python']),
  };
  return Object.fromEntries(
    Object.entries(documents).map(([name, document]) => [
      `docs/openapi/${name}.json`,
      `${JSON.stringify(document, null, 2)}\n`,
    ]),
  );
}
