import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, readConfig, SystemClock } from '@datakeep/kernel';
import { remoteDataStorage, type RunningService } from '@datakeep/service-host';
import { createRpcClient, dataStorageService } from '@datakeep/transport';
import { startStorage } from '../../apps/storage/src/bootstrap.ts';
import { anEvent, namesOf } from '../contracts/data-storage.fixture.ts';
import { recordingLogger } from '../support/transport/served-services.ts';

const clock = new SystemClock();
const serviceSecret = 'k'.repeat(43);

describe('the storage as a process', () => {
  let dataDir: string;
  let config: Config;
  let service: RunningService;
  const { logger } = recordingLogger();
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'datakeep-storage-'));
    config = { ...readConfig({}), dataDir, serviceSecret, servicePort: 0, healthPort: 0 };
    service = await startStorage({ config, logger, clock });
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  const health = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${service.healthPort}${path}`);
  const open = () =>
    remoteDataStorage(
      createRpcClient(dataStorageService, {
        servers: [{ host: '127.0.0.1', port: service.port }],
        secret: serviceSecret,
        clock,
        logger,
      }),
      clock,
    );

  it('serves the data storage, tells its health, and counts what it holds', async () => {
    const storage = open();
    await storage.append([anEvent({ name: 'kept' })]);
    expect(await namesOf(storage)).toEqual(['kept']);
    await storage.close();
    expect((await health('/health/live')).status).toBe(200);
    const ready = await health('/health/ready');
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'up', waitingFor: [] }]);
    expect(await (await health('/metrics')).text()).toMatch(/^datakeep_storage_events 1$/m);
  });

  it('is no longer ready once it is to stop, still serves, and ends', async () => {
    service.announceStop();
    const ready = await health('/health/ready');
    expect([ready.status, ready.headers.get('retry-after'), await ready.json()]).toEqual([
      503,
      '1',
      { status: 'down', waitingFor: ['shutdown'] },
    ]);
    const storage = open();
    expect(await namesOf(storage)).toEqual(['kept']);
    await service.close();
    await expect(storage.ping()).rejects.toMatchObject({ code: 'storage-unreachable' });
    await storage.close();
  });

  it('has what it stored when it is started again', async () => {
    service = await startStorage({ config, logger, clock });
    const storage = open();
    expect(await namesOf(storage)).toEqual(['kept']);
    await storage.close();
    await service.close();
  });

  it('does not start without the secret of the services, and names the variable', async () => {
    const { serviceSecret: _secret, ...without } = config;
    await expect(
      startStorage({ config: { ...without, serviceSecret: undefined }, logger, clock }),
    ).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('SERVICE_SECRET'),
    });
  });
});
