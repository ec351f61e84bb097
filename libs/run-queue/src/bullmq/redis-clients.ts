import { ConfigError, SystemClock, within } from '@datakeep/kernel';
import { Redis, type RedisOptions } from 'ioredis';

/** Longest wait between two attempts to connect again. */
const longestRetryMs = 1000;

/** A client whose copies (BullMQ makes one to block on) can be cut off with it. */
class FamilyRedis extends Redis {
  readonly #copies: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    this.#copies.push(copy);
    return copy;
  }

  /** Drops the connections without waiting for anything. */
  cutOff(): void {
    for (const client of [...this.#copies, this]) client.disconnect();
  }
}

export type { FamilyRedis };

/** Throws `ConfigError` without the URL in it, which may hold a password. */
export function checkRedisUrl(redisUrl: string): void {
  const { protocol, pathname } = URL.canParse(redisUrl) ? new URL(redisUrl) : { protocol: '', pathname: '' };
  if ((protocol !== 'redis:' && protocol !== 'rediss:') || !/^\/?\d*$/.test(pathname))
    throw new ConfigError(
      'REDIS_URL is not legal: expected redis://host:port or rediss://host:port, and a number for its path, if any',
    );
}

function newClient(redisUrl: string, options: RedisOptions, onError: (reason: string) => void): FamilyRedis {
  const client = new FamilyRedis(redisUrl, {
    lazyConnect: true,
    connectTimeout: 5000,
    retryStrategy: (times) => Math.min(times * 50, longestRetryMs),
    ...options,
  });
  client.on('error', (error: unknown) => onError(reasonOf(error)));
  return client;
}

/** For commands of waiting callers: one that cannot be sent now fails now. */
export function newCommandClient(redisUrl: string, onError: (reason: string) => void): FamilyRedis {
  return newClient(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 0, socketTimeout: 5000 }, onError);
}

/**
 * For a worker, as BullMQ wants it: commands wait until Redis is back. No `socketTimeout`, whose timer would outlive
 * the connection.
 */
export function newWorkerClient(redisUrl: string, onError: (reason: string) => void): FamilyRedis {
  return newClient(redisUrl, { lazyConnect: false, maxRetriesPerRequest: null, keepAlive: 10_000 }, onError);
}

const noDatabase = 'no such database';

/**
 * The code of a system or Redis error (`ECONNREFUSED`, `WRONGPASS`), or what it comes down to; never its message, which
 * may show what was sent.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error.name === 'MaxRetriesPerRequestError') return 'the connection was closed';
  if (error.message.startsWith('ERR DB index is out of range')) return noDatabase;
  return /^[A-Z]{4,}\b/.exec(error.message)?.[0] ?? error.name;
}

/**
 * What says that waiting will not help: Redis wants another password or user or has no such database, or it is no Redis
 * that answers.
 */
const refusals: ReadonlySet<string> = new Set(['WRONGPASS', 'NOAUTH', 'NOPERM', 'ParserError', noDatabase]);

/**
 * Waits until the client can be used, trying again meanwhile. Throws `ConfigError` after the limit, and at once when it
 * is refused or cut off.
 */
export async function connectWithin(client: FamilyRedis, limitMs: number): Promise<void> {
  let reason = 'no answer';
  const { promise: outcome, resolve } = Promise.withResolvers<boolean>();
  const onError = (error: unknown) => {
    reason = reasonOf(error);
    if (refusals.has(reason)) resolve(false);
  };
  client.on('error', onError);
  // The client selects its database on its own, and would continue in the first one where that fails.
  client.once('ready', () => void client.select(client.options.db ?? 0).then(() => resolve(true), onError));
  client.once('end', () => resolve(false));
  client.connect().catch(onError);
  const isReady = await settled(outcome, limitMs);
  client.off('error', onError);
  if (isReady) return;
  const { host, port } = client.options;
  client.cutOff();
  throw new ConfigError(`REDIS_URL: Redis at ${host}:${port} could not be used within ${limitMs} ms (${reason})`);
}

/** Real time, as Redis and its client keep it. */
const clock = new SystemClock();

/** What the promise resolves with, or `undefined` after the limit. */
export const settled = <T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> =>
  within(clock, limitMs, promise);
