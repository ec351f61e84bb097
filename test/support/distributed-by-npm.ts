import type { ProcessStart } from '@datakeep/service-host';
import { environmentOf } from './environment-of.ts';
import { freePorts } from './free-ports.ts';
import { NpmScript } from './npm-script.ts';

export interface Started {
  readonly urls: readonly string[];
  readonly routes: readonly string[];
  close(): Promise<void>;
}

/**
 * `npm run start:distributed` as the README has it, with two addresses of each service, over the MongoDB and the Redis
 * of the configuration.
 */
export async function distributedByNpm(
  { config }: Pick<ProcessStart, 'config'>,
  log: (line: string) => void,
): Promise<Started> {
  // The ports of a keep in one process are not those of the eight.
  const { port, servicePort: _service, healthPort: _health, ...wishes } = config;
  const ports = await freePorts(8);
  const two = (): [number, number] => [ports.pop()!, ports.pop()!];
  const servers = (): string =>
    two()
      .map((each) => `127.0.0.1:${each}`)
      .join(',');
  const [first, second] = two();
  const gateways = [port === 0 ? first : port, second];
  const keep = new NpmScript('start:distributed', {
    env: {
      LOG_LEVEL: 'debug',
      ...environmentOf(wishes),
      PORT: gateways.join(','),
      STORAGE_SERVERS: servers(),
      VIEWS_SERVERS: servers(),
      EXECUTORS_SERVERS: servers(),
    },
    onLine: log,
  });
  const urls = gateways.map((each) => `http://127.0.0.1:${each}`);
  try {
    await keep.ready(urls);
  } catch (error) {
    await keep.stop();
    throw error;
  }
  return { urls, routes: [], close: () => keep.stop() };
}
