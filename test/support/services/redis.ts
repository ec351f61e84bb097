import { askRedis } from './ask.ts';
import { startService, type Service } from './service-process.ts';

const settings = '--bind 127.0.0.1 --appendonly yes --appendfsync always --maxmemory-policy noeviction';

/**
 * Redis as the run queue needs it: an append-only file and no eviction. It is flushed before each answer, since with
 * `everysec` Redis may delay the write of up to two seconds while a flush is under way, and a kill would lose
 * acknowledged jobs.
 */
export function startRedis(): Promise<Service> {
  return startService({
    name: 'redis',
    command: (port, folder) => ({
      file: 'redis-server',
      args: ['--port', String(port), '--dir', folder, ...settings.split(' '), '--save', ''],
    }),
    uri: (port) => `redis://127.0.0.1:${port}`,
    ask: askRedis,
  });
}
