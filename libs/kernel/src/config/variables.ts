import { addresses, choice, flag, integer, perProcess, text, url, type Variable } from './variable.ts';
import { backupVariables } from './backup-variables.ts';
import { edgeVariables } from './edge-variables.ts';
import { telemetryVariables } from './telemetry-variables.ts';
import { parseRuntimes, runtimeKeyPattern, runtimeOfKey, type RuntimeSetting, runtimesLegal } from './runtimes.ts';
import { type AppLimits, appLimitsLegal, appLimitsText, defaultAppLimits, parseAppLimits } from './app-limits.ts';
import { defaultRateLimits, parseRateLimits, type RateLimits } from './rate-limits.ts';

/** The most that QUERY_TIMEOUT_MS may be, and so what a keep asks of a storage. */
export const maxQueryTimeoutMs = 60_000;

/**
 * Every environment variable that Datakeep reads, once. `docs/configuration.md` is generated from this table.
 * Nothing outside this folder reads `process.env` (import law).
 */
export const variables = {
  port: integer('PORT', 8020, 0, 65535, {
    unit: 'TCP port',
    description: 'Where the gateway listens; 0 takes a free port.',
  }),
  host: text('HOST', '127.0.0.1', {
    description: 'Address to listen on. On any other address than loopback put TLS in front.',
  }),
  publicUrl: url(
    'PUBLIC_URL',
    { description: "The keep's address as apps see it; default: what it listens on." },
    /^https?:\/\/[^\s/]+[^\s]*$/,
    'an http or https URL',
  ),
  ...edgeVariables,
  dataDir: text('DATA_DIR', './data', {
    unit: 'path',
    description: 'Where the embedded engines and keys lie; made with mode 0700.',
  }),
  adminName: text('ADMIN_NAME', 'admin', {
    description: 'Name of the admin that ADMIN_PASSWORD makes at the first start.',
  }),
  adminPassword: text('ADMIN_PASSWORD', undefined, {
    secret: true,
    pattern: /^[^]{15,256}$/u,
    legal: '15 to 256 characters',
    description: 'Makes the admin at the first start, instead of a setup link.',
  }),
  signingKey: text('SIGNING_KEY', undefined, {
    secret: true,
    pattern: /^[A-Za-z0-9_-]{43,}$/,
    legal: 'at least 32 random bytes in base64url',
    description: 'Key of the tokens; default: made at the first start under DATA_DIR/keys.',
  }),
  ...backupVariables,
  ...telemetryVariables,
  mongodbUri: text('MONGODB_URI', undefined, {
    secret: true,
    pattern: /^mongodb(\+srv)?:\/\/\S+$/,
    legal: 'mongodb://… or mongodb+srv://…',
    description:
      'MongoDB 7 or 8 as a replica set (one member is enough) for events and records; ' +
      'default: SQLite files under DATA_DIR. Needed where the keep is several processes.',
  }),
  redisUrl: text('REDIS_URL', undefined, {
    secret: true,
    pattern: /^rediss?(\+sentinel)?:\/\/\S+$/,
    legal: 'redis://…, rediss://… or redis+sentinel://… (docs/deployment.md)',
    description:
      'Redis for the run queue; default: the queue in this process. Needed where the keep is several processes.',
  }),
  serviceSecret: text('SERVICE_SECRET', undefined, {
    secret: true,
    pattern: /^[^\s]{32,512}$/,
    legal: '32 to 512 characters without blanks',
    description:
      'What the services of one keep prove to each other that they belong to it. ' +
      'Needed where the keep is several processes.',
  }),
  serviceTlsCertificate: text('SERVICE_TLS_CERT', undefined, {
    unit: 'path',
    description:
      'Certificate (PEM) with which a service answers the others. Where one of SERVICE_TLS_* is set, ' +
      'services speak TLS 1.3 with each other; default: plain TCP.',
  }),
  serviceTlsKey: text('SERVICE_TLS_KEY', undefined, {
    unit: 'path',
    description: 'Private key (PEM) of SERVICE_TLS_CERT.',
  }),
  serviceTlsAuthority: text('SERVICE_TLS_CA', undefined, {
    unit: 'path',
    description:
      'Certificates (PEM) of who signed those of the services, whose names must be the hosts in *_SERVERS; ' +
      'default: the authorities that Node.js knows.',
  }),
  serviceHost: text('SERVICE_HOST', '127.0.0.1', {
    description: 'Address on which a service listens for the other services of the keep.',
  }),
  servicePort: perProcess(
    integer('SERVICE_PORT', 0, 0, 65535, {
      unit: 'TCP port',
      description:
        'Where a service listens for the others; default: storage 8021, views 8022, executors 8023; ' +
        '0 takes a free port.',
    }),
  ),
  healthPort: perProcess(
    integer('HEALTH_PORT', 0, 0, 65535, {
      unit: 'TCP port',
      description:
        'Where a service answers /health/live, /health/ready and /metrics over HTTP; ' +
        'default: storage 8121, views 8122, executors 8123; 0 takes a free port. (The gateway answers on PORT.)',
    }),
  ),
  storageServers: addresses(
    'STORAGE_SERVERS',
    { host: '127.0.0.1', port: 8021 },
    { description: 'Where the storage services listen.' },
  ),
  viewsServers: addresses(
    'VIEWS_SERVERS',
    { host: '127.0.0.1', port: 8022 },
    { description: 'Where the views services listen.' },
  ),
  executorsServers: addresses(
    'EXECUTORS_SERVERS',
    { host: '127.0.0.1', port: 8023 },
    { description: 'Where the executors services listen.' },
  ),
  storageUrl: url('STORAGE_URL', {
    description:
      'Any program that answers /storage/v1, in place of the storage of this keep; default: its own engine, ' +
      'or STORAGE_SERVERS.',
  }),
  storageKey: text('STORAGE_KEY', undefined, {
    secret: true,
    pattern: /^[A-Za-z0-9._~+/=-]{32,512}$/,
    legal: '32 to 512 characters of a bearer token',
    description:
      'Bearer token of /storage/v1: sent to STORAGE_URL, and asked for by a storage service, ' +
      'which serves /storage/v1 only where it is set.',
  }),
  storageHttpPort: integer('STORAGE_HTTP_PORT', 8221, 0, 65535, {
    unit: 'TCP port',
    description: 'Where a storage service serves /storage/v1 if STORAGE_KEY is set; 0 takes a free port.',
  }),
  sqliteSynchronous: choice('SQLITE_SYNCHRONOUS', 'full', ['full', 'normal'], {
    description: '`full` survives power loss; `normal` may lose the last commits then. Both survive a killed process.',
  }),
  rateLimits: {
    name: 'RATE_LIMITS',
    default: defaultRateLimits,
    unit: 'requests per minute',
    secret: false,
    description: 'Limits per app (without a token: per address) and class of route.',
    legal: 'off, or a list like read=6000/min,write=6000/min,run=600/min,sign-in=10/min',
    parse: parseRateLimits,
  } as Variable<RateLimits | 'off'>,
  appLimits: {
    name: 'APP_LIMITS',
    default: defaultAppLimits,
    unit: 'counts and bytes',
    secret: false,
    description:
      'What one app may have, run in a day and read in a minute; `GET /app/v1/me` shows it and what is used.',
    legal: appLimitsLegal,
    parse: parseAppLimits,
    show: appLimitsText,
  } as Variable<AppLimits>,
  appTokenDays: integer('APP_TOKEN_DAYS', 90, 1, 3650, {
    unit: 'days',
    description: "How long an app's token lives before it must be renewed.",
  }),
  runtimes: {
    name: 'RUNTIMES',
    default: [{ name: 'javascript' }, { name: 'python' }],
    unit: 'runtimes',
    secret: false,
    description:
      'The languages of view code: a name alone is a runtime of the keep itself; ' +
      'with a URL, any program that answers the interface of execution services. ' +
      'The same list for views and executors.',
    legal: runtimesLegal,
    parse: (value) => {
      const read = parseRuntimes(value);
      return 'fault' in read ? undefined : read;
    },
    fault: (value) => {
      const read = parseRuntimes(value);
      return 'fault' in read ? read.fault : undefined;
    },
  } as Variable<readonly RuntimeSetting[]>,
  runtimeKeys: {
    name: 'RUNTIME_<NAME>_KEY',
    default: {},
    unit: 'text',
    secret: true,
    description:
      'Bearer token that is sent to the execution service of that name in RUNTIMES, in upper case with `_` for ' +
      '`-`; default: none is sent.',
    legal: '1 to 512 characters of a bearer token',
    parse: (value, name) => (/^[A-Za-z0-9._~+/=-]{1,512}$/.test(value) ? { [runtimeOfKey(name)]: value } : undefined),
    family: runtimeKeyPattern,
  } as Variable<Readonly<Record<string, string>>>,
  gatewayUrl: url('GATEWAY_URL', {
    description:
      'Where executors reach the gateway for `fetch` and `urllib` in view code, if PUBLIC_URL is not the way to ' +
      'it from there; the one process takes the address that it listens on.',
  }),
  executionPort: perProcess(
    integer('EXECUTION_PORT', 0, 0, 65535, {
      unit: 'TCP port',
      description:
        "Where the executors (or the one process) answer the interface of execution services with the keep's " +
        'own runtimes; default: nowhere; 0 takes a free port. Needs EXECUTION_KEY.',
    }),
  ),
  executionKey: text('EXECUTION_KEY', undefined, {
    secret: true,
    pattern: /^[A-Za-z0-9._~+/=-]{32,512}$/,
    legal: '32 to 512 characters of a bearer token',
    description: 'Bearer token that EXECUTION_PORT asks for.',
  }),
  viewProcesses: integer('VIEW_PROCESSES', 0, 0, 64, {
    unit: 'processes',
    description: 'How many view processes may run at once; 0 takes the number of cores, at most 4.',
  }),
  viewWallTimeMs: integer('VIEW_WALL_TIME_MS', 5000, 100, 60_000, {
    unit: 'ms',
    description: 'Wall time of one run, unless its template says otherwise.',
  }),
  viewMemoryMiB: integer('VIEW_MEMORY_MIB', 192, 96, 1024, {
    unit: 'MiB',
    description: 'Resident memory of one view process.',
  }),
  allowUnconfinedViews: flag('ALLOW_UNCONFINED_VIEWS', false, {
    description:
      'Runs view code also where the self-test found that the operating system does not keep it apart. ' +
      'Only if you trust every view; each run then says so.',
  }),
  maxQueuedRuns: integer('MAX_QUEUED_RUNS', 100, 1, 1_000_000, {
    unit: 'runs',
    description: 'Runs that may wait; one more is refused with 429.',
  }),
  runRetentionDays: integer('RUN_RETENTION_DAYS', 90, 1, 36_500, {
    unit: 'days',
    description:
      'How long a run is kept after its end. Whichever of the three bounds is met first removes the oldest; ' +
      'unfinished runs stay.',
  }),
  runRetentionCount: integer('RUN_RETENTION_COUNT', 100_000, 1, 100_000_000, {
    unit: 'runs',
    description: 'How many ended runs are kept.',
  }),
  runRetentionMiB: integer('RUN_RETENTION_MIB', 1024, 1, 1_048_576, {
    unit: 'MiB',
    description: 'What the ended runs may take, with their results and logs.',
  }),
  queryTimeoutMs: integer('QUERY_TIMEOUT_MS', 5000, 50, maxQueryTimeoutMs, {
    unit: 'ms',
    description: 'Time budget of one query; beyond it the answer is 503, never half a page.',
  }),
  storageReaders: integer('STORAGE_READERS', 3, 1, 16, {
    unit: 'threads',
    description:
      'Threads that run queries on the embedded storage, at most: one for what is short, which is always there; ' +
      'the others for what takes longer, each while it is needed.',
  }),
  indexTimeFactor: integer('INDEX_TIME_FACTOR', 1, 1, 600, {
    unit: 'times',
    description:
      'For trials, on data that you throw away: the clock of the index advisor runs so many times as fast, ' +
      'so that what it watches for hours can be seen in minutes. Its dates run ahead.',
  }),
  metricsPort: integer('METRICS_PORT', 0, 0, 65535, {
    unit: 'TCP port',
    description: "Serves /metrics without a token there; 0: only at /metrics with the admin's token.",
  }),
  logLevel: choice('LOG_LEVEL', 'info', ['debug', 'info', 'warn', 'error', 'silent'], {
    description: 'Least level that is logged.',
  }),
  logRequests: flag('LOG_REQUESTS', false, {
    description: 'Logs one line for every request, not only for the failed ones (status 500 and above).',
  }),
} as const;
