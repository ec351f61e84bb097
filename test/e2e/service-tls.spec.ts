import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DistributedKeep } from '../support/distributed-keep.ts';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import { permittedInstance, sumView, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { useService } from '../support/services/use-service.ts';

const suite = 'four processes over TLS';
const [{ name, uri }, redis] = await Promise.all([mongoServer(suite), useService('redis', suite)]);
const file = (of: string): string => join(import.meta.dirname, '../support/transport/tls', of);

describe.runIf(uri && redis)(`a keep of four processes with SERVICE_TLS_*, on ${name}`, () => {
  let keep: DistributedKeep;
  let app: AppClient;
  let admin: AdminClient;

  beforeAll(async () => {
    keep = await DistributedKeep.start({
      engine: 'sqlite',
      mongodbUri: ownDatabase(uri!),
      redisUrl: redis!.uri,
      env: {
        RUNTIMES: 'javascript',
        SERVICE_TLS_CERT: file('service.pem'),
        SERVICE_TLS_KEY: file('service-key.pem'),
        SERVICE_TLS_CA: file('service.pem'),
      },
    });
    admin = await AdminClient.signIn(keep.url, 'admin', keep.adminPassword);
    app = await walkingApp(admin);
  });
  afterAll(() => keep?.stop());

  it('stores events, answers pages of them, and runs a view', async () => {
    await app.sendEvents(Array.from({ length: 300 }, (_, n) => walk(n, { identifier: `walk ${n}` })));
    const { items } = await app.query({ profile: walkProfile, limit: 300 });
    expect(items).toHaveLength(300);
    const run = await app.run(await permittedInstance(admin, app, sumView));
    expect(run).toMatchObject({ state: 'succeeded' });
  });

  it('has each service speak TLS 1.3, and close a connection without it', async () => {
    for (const service of ['storage', 'views', 'executors'] as const) {
      const port = keep.portOf(service);
      const secure = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
      await once(secure, 'secureConnect');
      expect(secure.getProtocol()).toBe('TLSv1.3');
      secure.destroy();
      const plain = connectTcp({ host: '127.0.0.1', port });
      plain.on('error', () => undefined);
      plain.write('5#"{}" ');
      await once(plain, 'close');
    }
  });
});
