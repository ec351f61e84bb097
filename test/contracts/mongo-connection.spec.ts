import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { openMongoDocuments } from '@datakeep/documents';
import { openMongoStorage } from '@datakeep/storage';
import { createLogger, type DatakeepError } from '@datakeep/kernel';
import { connectMongo } from '@datakeep/mongo';
import { describe, expect, it } from 'vitest';

import mongoose from 'mongoose';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { startMongoStandIn } from '../support/services/mongo-stand-in.ts';

const logger = createLogger('silent');
const secret = 'pa55-w0rd';

async function refusal(uri: string): Promise<DatakeepError> {
  const options = { uri, selectionTimeoutMs: 500 };
  const started = performance.now();
  const [events, documents] = await Promise.allSettled([
    openMongoStorage(options, { logger }),
    openMongoDocuments(options),
  ]);
  // The driver's own timeout is 30 s.
  expect(performance.now() - started).toBeLessThan(15_000);
  expect(events.status).toBe('rejected');
  expect(documents).toMatchObject({ status: 'rejected', reason: { code: 'storage-unreachable' } });
  return (events as PromiseRejectedResult).reason as DatakeepError;
}

describe('a wrong MONGODB_URI', () => {
  it.each([
    ['of another scheme', `http://user:${secret}@127.0.0.1/x`, 'it is not a usable MongoDB connection string'],
    ['that is no address', `user:${secret}`, 'it is not a usable MongoDB connection string'],
    [
      'with a slash in its password',
      `mongodb://user:${secret}/x@127.0.0.1:1/db`,
      'it is not a usable MongoDB connection string',
    ],
    [
      'with an unknown option',
      `mongodb://user:${secret}@127.0.0.1:1/?secret=${secret}`,
      'it is not a usable MongoDB connection string',
    ],
    ['of a closed port', `mongodb://user:${secret}@127.0.0.1:1/x`, 'the connection was refused'],
    ['of an unknown host', `mongodb://user:${secret}@nowhere.invalid/x`, 'the host is not known'],
  ])('%s ends the start in its time with one line that names it', async (_what, uri, reason) => {
    const error = await refusal(uri);
    expect(error).toMatchObject({ code: 'storage-unreachable', message: `MONGODB_URI: ${reason}` });
    expect(JSON.stringify([error.toJSON(), error.stack, String(error.cause)])).not.toContain(secret);
  });

  it('of a server that never answers does too', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const error = await refusal(`mongodb://user:${secret}@127.0.0.1:${(server.address() as AddressInfo).port}/x`);
    expect(error.message).toBe('MONGODB_URI: no server answered within 0.5 s');
    server.close();
  });
});

const { name, uri, newDatabase, drop } = await mongoServer('refused servers and lost connections');

describe.runIf(uri)('a server that cannot hold the keep', () => {
  it('since it is no replica set is refused with the line that makes one', async () => {
    const standalone = await startMongoStandIn(['-Dstandalone=true']);
    const { message } = await refusal(standalone.uri);
    await standalone.stop();
    expect(message).toMatch(
      /^MONGODB_URI: the server has no transactions\. .*`mongod --replSet rs0`.*`rs\.initiate\(\)`/,
    );
  });

  it.each(['document_keys', 'event_changes_pruned'])(
    'since its database is of a former version, which has %s, is refused with the way out',
    async (collection) => {
      const database = newDatabase();
      const raw = await mongoose.createConnection(uri ?? '', { dbName: database }).asPromise();
      await raw.collection(collection).insertOne({ any: 1 });
      await raw.close();
      await expect(connectMongo({ uri: uri ?? '', database })).rejects.toMatchObject({
        code: 'storage-unreachable',
        message: expect.stringMatching(/^MONGODB_URI: .* former version\. Export its events .* import them/),
      });
      await drop(database);
    },
  );
});

describe.runIf(uri)(`a connection to ${name} that closes`, () => {
  it('ends what is asked on it at that moment, and the server is found again', async () => {
    const sockets: Socket[] = [];
    const keep = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
    subscribe('net.client.socket', keep);
    const connection = await connectMongo({ uri: uri ?? '', database: newDatabase() });
    const ping = () => connection.db!.command({ ping: 1 });
    await ping();
    unsubscribe('net.client.socket', keep);
    // As after the server's end: Node has destroyed the sockets, and emits "close" to the driver in a later phase of
    // the event loop.
    for (const socket of sockets) socket.destroy();
    await expect(ping()).rejects.toThrow('closed');
    await expect(ping()).resolves.toMatchObject({ ok: 1 });
    await connection.close();
  });
});
