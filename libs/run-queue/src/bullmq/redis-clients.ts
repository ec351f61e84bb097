import { ConfigError, SystemClock, within } from '@datakeep/kernel';
import { Redis, type RedisOptions, type SentinelConnectionOptions, SentinelConnector } from 'ioredis';
import { readRedisUrl } from './redis-url.ts';

/** Longest wait between two attempts to connect again. */
const longestRetryMs = 1000;

/** A client whose copies (BullMQ makes one to block on) can be cut off with it. */
class FamilyRedis extends Redis {
  /** Of the last error of its connection; see `reasonOf`. */
  reason = 'no answer';
  readonly #copies: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    // BullMQ takes its listener away before the connection ends, and the client prints what no one listens to.
    const copy = super.duplicate(override).on('error', () => undefined);
    this.#copies.push(copy);
    return copy;
  }

  /** Drops the connections without waiting for anything. */
  cutOff(): void {
    for (const client of [...this.#copies, this]) client.disconnect();
  }
}

export type { FamilyRedis };

/** The client gives the connections on which sentinels announce a fail-over no listener, and prints their errors. */
function sentinelsOf(onError: (reason: string) => void) {
  return class extends SentinelConnector {
    constructor(options: unknown) {
      super(options as SentinelConnectionOptions);
      const connect = this['connectToSentinel'].bind(this) as (...args: unknown[]) => Redis;
      const heard = (...args: unknown[]): Redis => connect(...args).on('error', (error) => onError(reasonOf(error)));
      Object.assign(this, { connectToSentinel: heard });
    }
  };
}

function newClient(redisUrl: string, options: RedisOptions, onError: (reason: string) => void): FamilyRedis {
  const [url, sentinels] = readRedisUrl(redisUrl);
  const client = new FamilyRedis(url, {
    ...sentinels,
    ...(sentinels.name === undefined ? {} : { Connector: sentinelsOf(onError) }),
    lazyConnect: true,
    connectTimeout: 5000,
    retryStrategy: (times) => Math.min(times * 50, longestRetryMs),
    // A primary that became a replica keeps its connections, and a name in DNS leads to another one now.
    reconnectOnError: (error) => reasonOf(error) === 'READONLY',
    ...options,
  });
  client.on('error', (error: unknown) => onError((client.reason = reasonOf(error))));
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

/** What `reasonOf` is where waiting will not help, and what to do. */
const refusals: readonly (readonly [reason: RegExp, advice: string])[] = [
  [/^WRONGPASS$/, 'it knows no such user with that password'],
  [/^NOAUTH$/, 'it wants a password, redis://:password@host:port'],
  [/^NOPERM$/, 'the user may not do what the run queue does, ACL SETUSER name ~datakeep:* +@all -@dangerous +info'],
  [/^READONLY$/, 'it is a replica; give the address of its primary'],
  [/^(CLUSTER|CROSSSLOT)$/, 'it is a Redis Cluster, which the run queue does not work on; give a Redis that is none'],
  [/^SENTINEL$/, 'it is a sentinel, redis+sentinel://host:port,host:port/name-of-the-primary'],
  [/^no such primary$/, 'its sentinels call it otherwise'],
  [/^no such database$/, 'give another number'],
  [/^ParserError$/, 'what answers there is no Redis'],
  [/CERTIFICATE_REQUIRED$/, 'it wants a certificate of its clients, which the keep has not; set tls-auth-clients no'],
  [
    /^(?!ERR_SSL_).*(CERT|VERIFY)/,
    'its certificate does not hold; NODE_EXTRA_CA_CERTS names a file with who signed it',
  ],
];

/**
 * The code of a system or Redis error (`ECONNREFUSED`, `WRONGPASS`), or what it comes down to; never its message, which
 * may show what was sent.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { message, name } = error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (name === 'MaxRetriesPerRequestError') return 'the connection was closed';
  if (message.startsWith('ERR DB index is out of range')) return 'no such database';
  if (message.endsWith('No such master with that name')) return 'no such primary';
  if (message.startsWith('All sentinels are unreachable'))
    return /Last error: .*?\b([A-Z]{4,})\b/.exec(message)?.[1] ?? 'no sentinel answers';
  // Before Redis 7, the error of a script's command is quoted in an `ERR` of the script.
  return (/: -([A-Z]{3,}) /.exec(message) ?? /^([A-Z]{3,})\b/.exec(message))?.[1] ?? name;
}

/**
 * Waits until the client can be used, trying again meanwhile, and returns what is to be minded about that Redis. Throws
 * `ConfigError` after the limit, and at once when it is refused or cut off.
 */
export async function connectWithin(client: FamilyRedis, limitMs: number, prefix: string): Promise<readonly string[]> {
  const { promise: outcome, resolve } = Promise.withResolvers<readonly string[] | false>();
  const adviceOf = (reason: string) => refusals.find(([pattern]) => pattern.test(reason))?.[1];
  const onError = (error: unknown) => {
    client.reason = reasonOf(error);
    if (adviceOf(client.reason) !== undefined) resolve(false);
  };
  client.on('error', onError);
  client.once('ready', () => void examine(client, prefix).then(resolve, onError));
  client.once('end', () => resolve(false));
  client.connect().catch(onError);
  const warnings = await settled(outcome, limitMs);
  client.off('error', onError);
  if (warnings) return warnings;
  const { reason, options } = client;
  client.cutOff();
  const place = options.name ? `the sentinels of ${options.name}` : `${options.host}:${options.port}`;
  const advice = adviceOf(reason);
  const what = advice === undefined ? `could not be used within ${limitMs} ms` : `cannot be used: ${advice}`;
  throw new ConfigError(`REDIS_URL: Redis at ${place} ${what} (${reason})`);
}

/** Does what a run queue does first, and throws what Redis has against it. */
async function examine(client: FamilyRedis, prefix: string): Promise<readonly string[]> {
  const info = new Map((await client.info()).split('\r\n').map((line) => line.split(':') as [string, string]));
  // Valkey calls it `server_mode`.
  const mode = info.get('redis_mode') ?? info.get('server_mode') ?? '';
  if (mode === 'sentinel' || mode === 'cluster') throw new Error(mode.toUpperCase());
  // The client selects its database on its own, and would continue in the first one where that fails.
  await client.select(client.options.db ?? 0);
  // Two keys, for a Cluster behind a proxy to refuse; DEL, which a Redis whose memory is full takes.
  await client.eval("return redis.call('DEL', KEYS[1], KEYS[2])", 2, `${prefix}:runs:a`, `${prefix}:runs:b`);
  const policy = info.get('maxmemory_policy');
  return [
    ...(info.get('aof_enabled') === '0' ? ['Redis keeps no append-only file: jobs may be lost when it dies'] : []),
    ...(policy === undefined || policy === 'noeviction' || info.get('maxmemory') === '0'
      ? []
      : [`Redis drops jobs when its memory is full (maxmemory-policy ${policy}): set noeviction`]),
  ];
}

/** Real time, as Redis and its client keep it. */
const clock = new SystemClock();

/** What the promise resolves with, or `undefined` after the limit. */
export const settled = <T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> =>
  within(clock, limitMs, promise);
