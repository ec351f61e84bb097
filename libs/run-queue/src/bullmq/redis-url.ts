import { ConfigError } from '@datakeep/kernel';
import type { RedisOptions } from 'ioredis';

/** As Python's `redis-sentinel-url` has it; `new URL` takes no list of hosts. */
const bySentinels = /^redis(s?)\+sentinel:\/\/(.*@)?([^@/?#]+)\/([^/?#]+)((?:\/\d+)?(?:\?[^#]*)?)$/;

/** What the client is made from. Throws `ConfigError` without the URL in it, which may hold a password. */
export function readRedisUrl(redisUrl: string): readonly [url: string, options: RedisOptions] {
  const [, tls = '', user = '', hosts = '', name, rest = ''] = bySentinels.exec(redisUrl) ?? [];
  // The client reads user, password and database from a URL with one host.
  const url = name === undefined ? redisUrl : `redis${tls}://${user}${hosts.split(',')[0]}${rest}`;
  const sentinels = hosts
    .split(',')
    .map((host) => (URL.canParse(`redis://${host}`) ? new URL(`redis://${host}`) : null));
  const { protocol, pathname } = URL.canParse(url) ? new URL(url) : { protocol: '', pathname: '' };
  const isLegal = (protocol === 'redis:' || protocol === 'rediss:') && /^\/?\d*$/.test(pathname);
  if (!isLegal || (name !== undefined && !sentinels.every((one) => one?.hostname)))
    throw new ConfigError(
      'REDIS_URL is not legal: expected redis://user:password@host:port/number, rediss://… for TLS, or ' +
        'redis+sentinel://user:password@host:port,host:port/name/number, with the password in percent-encoding',
    );
  if (name === undefined) return [url, {}];
  return [
    url,
    {
      name,
      // Brackets are an IPv6 address's in a URL alone.
      sentinels: sentinels.map((one) => ({
        host: one!.hostname.replace(/^\[|\]$/g, ''),
        port: Number(one!.port || 26379),
      })),
      // The connection to a primary that stops without a word lasts; the sentinels announce the new one.
      failoverDetector: true,
      ...(tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    },
  ];
}
