import { isIP } from 'node:net';
import { integer, type Variable } from './variable.ts';

const hostName = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,252})$/;

function isRange(text: string): boolean {
  const [, address = '', bits = '1'] = /^([^/]+)(?:\/([1-9]\d{0,2}))?$/.exec(text) ?? [];
  // Of 0 bits it would be everyone, who then names any address.
  return Number(bits) <= ({ 4: 32, 6: 128 }[isIP(address)] ?? 0);
}

/** What the gateway lets in at once, and under which names. */
export const edgeVariables = {
  allowedHosts: {
    name: 'ALLOWED_HOSTS',
    default: [],
    unit: 'host names',
    secret: false,
    description:
      'Names under which the gateway answers, besides literal addresses, `localhost`, and those of HOST and ' +
      'PUBLIC_URL; a request under any other name is 421.',
    legal: 'host names without port, separated by commas',
    parse: (value) => {
      const names = value.split(',').map((name) => name.trim());
      return names.every((name) => hostName.test(name)) ? names : undefined;
    },
  } as Variable<readonly string[]>,
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    default: [],
    unit: 'addresses',
    secret: false,
    description:
      'Reverse proxies whose X-Forwarded-For names the caller, for limits without a token, delays after wrong ' +
      'passwords and the list of sessions; default: none, and the caller is who connects.',
    legal: 'IP addresses, also with the bits of a network (127.0.0.1,10.0.0.0/8), separated by commas',
    parse: (value) => {
      const ranges = value.split(',').map((range) => range.trim());
      return ranges.every(isRange) ? ranges : undefined;
    },
  } as Variable<readonly string[]>,
  maxConnections: integer('MAX_CONNECTIONS', 1000, 10, 100_000, {
    unit: 'connections',
    description: 'Connections to the gateway; one more takes the place of the one that is idle for longest.',
  }),
  maxConnectionsPerAddress: integer('MAX_CONNECTIONS_PER_ADDRESS', 500, 1, 100_000, {
    unit: 'connections',
    description:
      'As MAX_CONNECTIONS, of one address (of IPv6: of one /64). Behind a reverse proxy all callers have its ' +
      'address: there it may be as large as MAX_CONNECTIONS.',
  }),
  maxBodyMiB: integer('MAX_BODY_MIB', 64, 40, 65_536, {
    unit: 'MiB',
    description:
      'Bodies of requests that are read or worked on at once. An app may hold as much of it as is free, ' +
      'so one alone half; beyond it 503.',
  }),
  maxAnswerMiB: integer('MAX_ANSWER_MIB', 64, 40, 65_536, {
    unit: 'MiB',
    description: 'Answers that wait for their callers to take them, shared out like MAX_BODY_MIB; beyond it 503.',
  }),
} as const;
