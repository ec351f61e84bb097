import { createRequire } from 'node:module';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Connection } from 'mongoose';
import type { Config } from '@datakeep/kernel';
import { connectionOptions, opened } from './mongo-connection.ts';

const require = createRequire(import.meta.url);

export const MONGO_CONNECTION = Symbol('Connection of MONGODB_URI');

/**
 * Provides `MONGO_CONNECTION` to the whole application, and closes it after all modules that are listed behind this
 * one. Null where MONGODB_URI is not set; then nothing of MongoDB is loaded.
 */
export class MongoModule implements OnApplicationShutdown {
  readonly #close: (() => Promise<void>) | undefined;

  constructor(connection: Connection | null) {
    if (!connection) return;
    this.#close = connection.close.bind(connection);
    // MongooseModule calls it too early: Nest ends last what it inserted first, and inserts what a module imports after
    // all modules of its list.
    connection.close = () => Promise.resolve();
  }

  static forRoot({ mongodbUri: uri }: Pick<Config, 'mongodbUri'>): DynamicModule {
    const exported = { module: MongoModule, global: true, exports: [MONGO_CONNECTION] };
    if (uri === undefined) return { ...exported, providers: [{ provide: MONGO_CONNECTION, useValue: null }] };
    // By `import()` this module would be a promise, which Nest inserts after all others of its list.
    const { MongooseModule, getConnectionToken } = require('@nestjs/mongoose') as typeof import('@nestjs/mongoose');
    const connection = {
      provide: MONGO_CONNECTION,
      inject: [getConnectionToken()],
      useFactory: (made: Connection) => opened(made),
    };
    return {
      ...exported,
      // It is awaited by `opened`, whose errors hold nothing of the URI; MongooseModule would log the driver's.
      imports: [
        MongooseModule.forRootAsync({
          useFactory: () => ({ uri, ...connectionOptions({ uri }), lazyConnection: true }),
        }),
      ],
      providers: [connection],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#close?.();
  }
}

// Decorators as functions: Node runs this lib from source in tests, where it strips types and knows no decorators.
Inject(MONGO_CONNECTION)(MongoModule, undefined, 0);
Module({})(MongoModule);
