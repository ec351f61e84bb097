import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { openMongoDocuments } from '@datakeep/documents';
import { openMongoStorage } from '@datakeep/event-store';
import { connectMongo, createLogger, type DatakeepError } from '@datakeep/kernel';
import { describe, expect, it } from 'vitest';

import { mongoServers } from '../support/mongo/mongo-servers.ts';

const logger = createLogger('silent');
const secret = 'pa55-w0rd';

async function refusal(uri: string): Promise<DatakeepError> {
  const options = { uri, logger, selectionTimeoutMs: 500 };
  const started = performance.now();
  const [events, documents] = await Promise.allSettled([openMongoStorage(options), openMongoDocuments(options)]);
  expect(performance.now() - started).toBeLessThan(5000);
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

for (const { name, uri, newDatabase, drop } of await mongoServers('capabilities and lost connections')) {
  describe.runIf(uri)(`the capabilities of ${name}`, () => {
    it('are asked of the server, and leave nothing behind', async () => {
      const database = newDatabase();
      const storage = await openMongoStorage({ uri: uri ?? '', database, logger });
      const documents = await openMongoDocuments({ uri: uri ?? '', database, logger });
      expect(storage.capabilities).toEqual(documents.capabilities);
      const known: Record<string, object> = {
        FerretDB: {
          transactions: false,
          atomicUpdates: false,
          stringOrder: true,
          partialIndexes: false,
          ttlIndexes: false,
          hiddenIndexes: false,
          explain: true,
          plans: false,
          hints: false,
        },
        'mongo-java-server': {
          transactions: false,
          atomicUpdates: true,
          stringOrder: false,
          ttlIndexes: true,
          hiddenIndexes: false,
          explain: false,
          plans: false,
        },
      };
      expect(storage.capabilities).toMatchObject(
        known[name] ?? {
          atomicUpdates: true,
          stringOrder: true,
          explain: true,
          plans: true,
          hints: true,
          longKeys: true,
        },
      );
      expect(storage.capabilities.aggregation).toContain('$sum');
      await Promise.all([storage.close(), documents.close()]);
      await drop(database);
    });
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
      // As after the server's end: Node has destroyed the sockets, and tells the driver so in a later phase of the event loop.
      for (const socket of sockets) socket.destroy();
      await expect(ping()).rejects.toThrow('closed');
      await expect(ping()).resolves.toMatchObject({ ok: 1 });
      await connection.close();
    });
  });
}
