import { type DynamicModule, Module } from '@nestjs/common';
import type { Connection } from 'mongoose';
import type { Config } from '@datakeep/kernel';
import { connectionOptions, opened } from './mongo-connection.ts';

export const MONGO_CONNECTION = Symbol('Connection of MONGODB_URI');

/**
 * Provides `MONGO_CONNECTION` to the whole application: that of `MongooseModule`, which closes it after all modules
 * that use it. Null where MONGODB_URI is not set; then nothing of MongoDB is loaded.
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- Its decorator stands below.
export class MongoModule {
  static async forRoot({ mongodbUri: uri }: Pick<Config, 'mongodbUri'>): Promise<DynamicModule> {
    const exported = { module: MongoModule, global: true, exports: [MONGO_CONNECTION] };
    if (uri === undefined) return { ...exported, providers: [{ provide: MONGO_CONNECTION, useValue: null }] };
    const { MongooseModule, getConnectionToken } = await import('@nestjs/mongoose');
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
}

// Decorators as functions: Node runs this lib from source in tests, where it strips types and knows no decorators.
Module({})(MongoModule);
