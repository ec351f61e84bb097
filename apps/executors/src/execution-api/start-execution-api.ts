import multipart from '@fastify/multipart';
import type { ExecutionService } from '@datakeep/contracts';
import { type Clock, type Config, ConfigError, type Logger, version } from '@datakeep/kernel';
import { type KeyedApi, serveKeyedApi } from '@datakeep/service-host';
import { ExecutionApiController, SERVED_RUNTIMES, type ServedRuntimes } from './execution-api.controller.ts';
import { executionApiDocument } from './openapi.ts';

/** 10 source files of 256 KiB, or a run's parameters, and what surrounds them. */
const bodyLimit = 6 * 1024 * 1024;

/**
 * Serves the interface of execution services over the keep's own runtimes, if EXECUTION_PORT is set. Throws
 * `ConfigError` when EXECUTION_KEY is missing then.
 */
export async function startExecutionApi(options: {
  readonly config: Pick<Config, 'executionPort' | 'executionKey' | 'serviceHost'>;
  readonly services: ReadonlyMap<string, ExecutionService>;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<KeyedApi | undefined> {
  const { executionPort: port, executionKey: key, serviceHost: host } = options.config;
  if (port === undefined) return undefined;
  if (key === undefined) throw new ConfigError('EXECUTION_KEY is not set: EXECUTION_PORT is opened only behind a key.');
  const served: ServedRuntimes = options;
  return serveKeyedApi({
    controllers: [ExecutionApiController],
    providers: [{ provide: SERVED_RUNTIMES, useValue: served }],
    key,
    host,
    port,
    logger: options.logger,
    bodyLimit,
    document: { path: '/openapi.json', content: executionApiDocument(version, [...options.services.keys()]) },
    prepare: async (app) => app.register(multipart),
  });
}
