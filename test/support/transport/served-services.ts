import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Clock, createLogger, type Logger, SystemClock } from '@datakeep/kernel';
import { rpcService, type RpcServiceOptions } from '@datakeep/transport';

export interface ServedServices {
  readonly host: string;
  readonly port: number;
  readonly rpc: ReturnType<typeof rpcService>;
  /** Log lines. */
  readonly logged: string[];
  close(): Promise<void>;
}

export interface Wishes extends Partial<Omit<RpcServiceOptions, 'services'>> {
  /** Controllers beside those of the services. */
  readonly controllers?: Type<unknown>[];
}

export function recordingLogger(): { readonly logger: Logger; readonly logged: string[] } {
  const logged: string[] = [];
  return { logger: createLogger('debug', { write: (line: string) => void logged.push(line) }), logged };
}

/** Services on a free port of this machine, as a process of production serves them. */
export async function serve(services: RpcServiceOptions['services'], wishes: Wishes = {}): Promise<ServedServices> {
  const { logger, logged } = recordingLogger();
  const { controllers = [], ...options } = wishes;
  const clock: Clock = options.clock ?? new SystemClock();
  const rpc = rpcService({ host: '127.0.0.1', port: 0, secret: undefined, logger, ...options, clock, services });

  @Module({ imports: [rpc.module], controllers })
  class ServedModule {}
  const app = await NestFactory.createMicroservice(ServedModule, {
    strategy: rpc.strategy,
    logger: false,
    abortOnError: false,
  });
  try {
    await app.listen();
  } catch (error) {
    await app.close();
    throw error;
  }
  return { host: '127.0.0.1', port: rpc.strategy.listeningPort, rpc, logged, close: () => app.close() };
}
