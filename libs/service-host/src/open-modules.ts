import 'reflect-metadata';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestLog } from './nest-log.ts';
import { ProcessModule } from './process.module.ts';
import type { ProcessStart } from './run-process.ts';

class ServiceProcessModule {}

/** Opens the modules of a process that serves no HTTP of Nest's. `close` closes them, the last one first. */
export function openModules(
  start: ProcessStart,
  modules: readonly (DynamicModule | Promise<DynamicModule>)[],
): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(
    { module: ServiceProcessModule, imports: [ProcessModule.forRoot(start), ...modules] },
    { logger: new NestLog(start.logger), abortOnError: false },
  );
}
