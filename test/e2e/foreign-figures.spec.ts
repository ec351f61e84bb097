import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

const index = { id: 'a', profile: 'walks.example/walk', state: 'active', keys: [{ field: 'payload.n' }] };

describe('the statistics of a foreign storage', () => {
  let storage: Server;
  let under: KeepUnderTest;
  let health: unknown;
  let indexes: unknown;

  beforeAll(async () => {
    storage = createServer((request, response) => {
      const told = request.url === '/storage/v1/health' ? health : indexes;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(told));
    });
    storage.listen(0, '127.0.0.1');
    await once(storage, 'listening');
    health = { status: 'up' };
    const { port } = storage.address() as AddressInfo;
    const config = { storageUrl: `http://127.0.0.1:${port}`, storageKey: 's'.repeat(43) };
    under = await keepUnderTest({ config });
  });
  afterAll(async () => {
    await under.stop();
    storage.close();
  });

  it.each([
    [{ status: 'up' }, [], 0],
    [{ status: 'up' }, {}, 0],
    [{ status: 'up' }, { items: [] }, 0],
    [{ status: 'up', events: 'many', bytes: null }, { indexes: null }, 0],
    [{ status: 'up', events: -1, waitingBytes: {} }, { indexes: [null, 1, {}, { ...index, state: 'resting' }] }, 0],
    [{ status: 'up' }, { indexes: [index] }, 1],
    [{ status: 'up' }, { indexes: [{ ...index, figures: { bytes: 'few' }, shapes: 3, history: [{}] }] }, 1],
    [[], 'none', 0],
  ])('are read as far as they can be: %j, %j', async (told, toldOfIndexes, active) => {
    health = told;
    indexes = toldOfIndexes;
    const metrics = await under.admin.send<string>('GET', '/metrics');
    expect(metrics.status).toBe(200);
    expect(metrics.body).toContain(`datakeep_indexes{state="active"} ${active}\n`);
    expect(metrics.body).toMatch(/^datakeep_storage_events 0$/m);
    expect(metrics.body).toMatch(/^datakeep_indexes_bytes 0$/m);
    const list = await under.admin.send<{ items: unknown[] }>('GET', '/admin/v1/indexes');
    expect([list.status, list.body.items.length]).toEqual([200, active]);
    expect((await under.admin.send('GET', '/admin/v1/index-policy')).status).toBe(200);
    expect((await under.admin.send('GET', '/admin/v1/system')).status).toBe(200);
  });

  it('are left out while it is away, and the rest is told', async () => {
    storage.closeAllConnections();
    storage.close();
    const { status, body } = await under.admin.send<object>('GET', '/admin/v1/system');
    expect(status).toBe(200);
    expect(body).toMatchObject({ documents: { engine: 'sqlite' }, runQueue: { waiting: 0 } });
    expect(body).not.toHaveProperty('storage');
  });
});
