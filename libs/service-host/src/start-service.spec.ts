import { afterEach, describe, expect, it } from 'vitest';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { type Config, createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import { closeAll } from './close-all.ts';
import { requireVariables } from './require-variables.ts';
import { type RunningService, type ServiceHooks, startService } from './start-service.ts';

const config: Config = { ...readConfig({}), servicePort: 0, healthPort: 0, serviceSecret: 's'.repeat(40) };
const clock = new SystemClock();
const logger = createLogger('silent');

const closed: string[] = [];

@Module({})
class EngineModule implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    closed.push('engine');
  }
}

describe('A service as a process', () => {
  let service: RunningService | undefined;
  let reachable = true;
  const launch = (given: Config, parts: Partial<ServiceHooks> = {}): Promise<RunningService> =>
    startService(
      { config: given, clock, logger },
      {
        name: 'example',
        ports: { service: 0, health: 0 },
        modules: [{ module: EngineModule } satisfies DynamicModule],
        services: [],
        begin: () => ({
          checks: { engine: async () => (reachable ? undefined : Promise.reject(new Error('gone'))) },
          ...parts,
        }),
      },
    );
  const start = async (parts?: Partial<ServiceHooks>): Promise<RunningService> =>
    (service = await launch(config, parts));
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${service!.healthPort}${path}`, { method });

  afterEach(async () => {
    await service?.close();
    service = undefined;
    reachable = true;
    closed.length = 0;
  });

  it('is live while it runs, and ready while what it needs answers', async () => {
    await start();
    expect(await (await ask('/health/live')).json()).toEqual({ status: 'up' });
    expect(await (await ask('/health/ready')).json()).toEqual({ status: 'up', waitingFor: [] });
    reachable = false;
    const unready = await ask('/health/ready');
    expect([unready.status, unready.headers.get('retry-after'), await unready.json()]).toEqual([
      503,
      '1',
      { status: 'down', waitingFor: ['engine'] },
    ]);
  });

  it('is no longer ready once its stop was announced, and still live', async () => {
    await start();
    service!.announceStop();
    expect(await (await ask('/health/ready')).json()).toEqual({ status: 'down', waitingFor: ['shutdown'] });
    expect((await ask('/health/live')).status).toBe(200);
  });

  it('tells its metrics, and nothing else', async () => {
    await start();
    expect(await (await ask('/metrics')).text()).toContain('process_cpu_seconds_total');
    for (const path of ['/', '/metrics/', '/health', '/toString']) expect((await ask(path)).status).toBe(404);
    expect((await ask('/metrics', 'POST')).status).toBe(404);
  });

  it('ends its workers first, then its calls, then what it stands on', async () => {
    await start({ end: async () => void closed.push('workers') });
    const { port, healthPort } = service!;
    await service!.close();
    service = undefined;
    expect(closed).toEqual(['workers', 'engine']);
    await expect(fetch(`http://127.0.0.1:${healthPort}/health/live`)).rejects.toThrow();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  it('does not start on a port that is taken, and lets go of the other', async () => {
    const { port, healthPort } = await start();
    await expect(launch({ ...config, servicePort: port })).rejects.toThrow('EADDRINUSE');
    await expect(launch({ ...config, healthPort })).rejects.toThrow('EADDRINUSE');
    expect(closed).toEqual(['engine', 'engine']);
  });

  it('that cannot begin lets go of what it has opened', async () => {
    const failing = () => Promise.reject(new Error('no admin'));
    await expect(
      startService(
        { config, clock, logger },
        {
          name: 'third',
          ports: { service: 0, health: 0 },
          modules: [{ module: EngineModule }],
          services: [],
          begin: failing,
        },
      ),
    ).rejects.toThrow('no admin');
    expect(closed).toEqual(['engine']);
  });

  it('does not listen beyond loopback without the secret', async () => {
    const { serviceSecret: _none, ...open } = config;
    await expect(launch({ ...open, serviceSecret: undefined, serviceHost: '0.0.0.0' })).rejects.toThrow(
      'SERVICE_SECRET is not set',
    );
  });
});

describe('Letting go', () => {
  it('goes on after a closer that throws, and tells the first error', async () => {
    const done: number[] = [];
    const failing = closeAll([
      () => Promise.reject(new Error('first')),
      async () => void done.push(2),
      () => Promise.reject(new Error('third')),
      async () => void done.push(4),
    ]);
    await expect(failing).rejects.toThrow('first');
    expect(done).toEqual([2, 4]);
  });
});

describe('What a process must be given', () => {
  it('is named, all of it at once', () => {
    expect(() =>
      requireVariables({ ...config, serviceSecret: undefined }, 'views', ['redisUrl', 'serviceSecret']),
    ).toThrow('REDIS_URL, SERVICE_SECRET are not set: views shares them');
    expect(requireVariables(config, 'views', ['serviceSecret']).serviceSecret).toBe(config.serviceSecret);
  });
});
