import { askRedis } from './ask.ts';
import { startService, type Service } from './service-process.ts';

/** What stands in for it, such as `valkey-server`. */
const program = process.env['REDIS_SERVER'] || 'redis-server';
const settings = '--bind 127.0.0.1 --appendonly yes --appendfsync always --maxmemory-policy noeviction';

/**
 * Redis as the run queue needs it: an append-only file and no eviction. It is flushed before each answer, since with
 * `everysec` Redis may delay the write of up to two seconds while a flush is under way, and a kill would lose
 * acknowledged jobs.
 */
export function startRedis(...more: readonly string[]): Promise<Service> {
  return startService({
    name: 'redis',
    command: (port, folder) => ({
      file: program,
      args: ['--port', String(port), '--dir', folder, ...settings.split(' '), '--save', '', ...more],
    }),
    uri: (port) => `redis://127.0.0.1:${port}`,
    ask: askRedis,
  });
}

/** A sentinel of a primary called `keep` on that port, which two of them may replace after 500 ms without an answer. */
export function startSentinel(primaryPort: string, password: string): Promise<Service> {
  const lines = [
    `sentinel monitor keep 127.0.0.1 ${primaryPort} 2`,
    `sentinel auth-pass keep ${password}`,
    'sentinel down-after-milliseconds keep 500',
    'sentinel failover-timeout keep 5000',
  ];
  // It writes what it learns into that file.
  const script = 'printf "%s\\n" "$@" > sentinel.conf && exec "$0" sentinel.conf --sentinel';
  return startService({
    name: 'redis-sentinel',
    command: (port) => ({ file: 'sh', args: ['-c', script, program, 'bind 127.0.0.1', `port ${port}`, ...lines] }),
    uri: (port) => `redis://127.0.0.1:${port}`,
    ask: askRedis,
  });
}
