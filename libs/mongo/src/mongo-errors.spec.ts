import mongoose from 'mongoose';
import { describe, expect, it } from 'vitest';
import { DatakeepError } from '@datakeep/kernel';
import { isDuplicateKey, toMongoStorageError } from './mongo-errors.ts';

const { MongoServerError, MongoNetworkError, MongoServerSelectionError, MongoWriteConcernError, MongoBulkWriteError } =
  mongoose.mongo;

const server = (code: number, message = 'no') => new MongoServerError({ message, code });
/** As the driver makes them: an error of several writes, with those in its `result`. */
function bulk(error: Error | { message: string; code: number; writeErrors: object[] }, writeConcernError?: object) {
  const result = { insertedIds: {}, getWriteConcernError: () => writeConcernError };
  return new MongoBulkWriteError(error as never, result as never);
}
/** As the driver makes it for operations in use when its monitor finds that the server stands still. */
const cleared = Object.assign(new Error('interrupted'), { name: 'PoolClearedOnNetworkError' });
const duplicates = { message: 'E11000', code: 11_000, writeErrors: [{ index: 2, code: 11_000 }] };

describe('what the driver says becomes what the catalogue says', () => {
  it.each([
    ['a time limit of a read', server(50), 'read', 'storage-unreachable'],
    ['a time limit of a write', server(50), 'write', 'storage-unreachable'],
    ['a full disk', server(14_031), 'write', 'storage-full'],
    ['a full disk told in words', server(1, 'database or disk is full (13)'), 'write', 'storage-full'],
    ['a lost primary', server(10_107), 'write', 'storage-unreachable'],
    ['a lost connection', new MongoNetworkError('closed'), 'read', 'storage-unreachable'],
    ['a lost connection in several writes', bulk(new MongoNetworkError('closed')), 'write', 'storage-unreachable'],
    ['no server', new MongoServerSelectionError('none', { type: 'Unknown' } as never), 'write', 'storage-unreachable'],
    ['a pool that the monitor cleared', cleared, 'write', 'storage-unreachable'],
    ['a cursor that went with its server', server(43), 'read', 'storage-unreachable'],
    ['anything else', server(2), 'write', 'internal'],
  ] as const)('%s', (_what, error, kind, code) => {
    expect(toMongoStorageError(error, kind)).toMatchObject({ code });
  });

  it('a write that was not confirmed in time has an unknown outcome', () => {
    const late = { ok: 1, writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } };
    for (const error of [new MongoWriteConcernError(late), bulk(duplicates, late)])
      expect(toMongoStorageError(error, 'write')).toMatchObject({
        code: 'storage-unreachable',
        message: 'The outcome is unknown: send the same identifiers again.',
      });
  });

  it('what a unique index refused is known by its code', () => {
    expect(isDuplicateKey(server(11_000))).toBe(true);
    expect(isDuplicateKey(server(11_001))).toBe(false);
  });

  it('errors that are not of the driver stay', () => {
    for (const error of [new TypeError('x'), new DatakeepError('not-found')])
      expect(toMongoStorageError(error, 'read')).toBe(error);
  });
});
