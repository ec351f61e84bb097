import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Config, createLogger, type HostAndPort, readConfig, SystemClock } from '@datakeep/kernel';
import type { ProcessStart } from '@datakeep/service-host';
import { startExecutors } from '../../apps/executors/src/bootstrap.ts';
import { startGatewayProcess } from '../../apps/gateway/src/start-process.ts';
import { startKeep } from '../../apps/standalone/src/bootstrap.ts';
import { startStorage } from '../../apps/storage/src/bootstrap.ts';
import { startViews } from '../../apps/views/src/bootstrap.ts';
import { AdminClient, KeepClient } from './keep-client.ts';
import { adminPassword } from './keep-in-process.ts';
import { freePorts } from './free-ports.ts';
import type { ForeignProgram } from './foreign-program.ts';
import { startForeignStorage } from './foreign-storage/foreign-storage.ts';
import { type MongoServer, mongoServers } from './mongo/mongo-servers.ts';
import { useService } from './services/use-service.ts';

/** A keep in one of the shapes of design.md, with its admin signed in. */
export interface KeepInShape {
  /** Of the gateway; the first where there are several. */
  readonly url: string;
  /** Of every gateway. */
  readonly urls: readonly string[];
  readonly nobody: KeepClient;
  readonly admin: AdminClient;
  /** What its gateway serves, as `METHOD /path`. */
  readonly routes: readonly string[];
  /** The database of its records, where they lie on a server. */
  readonly mongodbUri: string | undefined;
  /** What its processes keep in files, but for those of servers. */
  readonly dataDir: string;
  /** Everything that any of its processes logged. */
  readonly logged: readonly string[];
  /** Ends every process and starts them again on what they stored, at another URL. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Shape {
  readonly name: string;
  /** Where not, its tests do not run; `REQUIRE_SERVICES` makes that an error. */
  readonly available: boolean;
  /** What the admin is told of the engine of the events. */
  readonly storageEngine: string;
  /** `proven`: its runtimes prove their isolation before the first run, as they do in production; else views run without, since each proof takes seconds of a processor. */
  start(config?: Partial<Config>, isolation?: 'proven'): Promise<KeepInShape>;
}

interface Started {
  readonly urls: readonly string[];
  readonly routes: readonly string[];
  close(): Promise<void>;
}

type StartProcesses = (given: ProcessStart) => Promise<Started>;

interface Engines {
  readonly mongodb?: string | undefined;
  readonly redis?: string | undefined;
  readonly foreignStorage?: boolean | undefined;
}

/** Every shape, for a suite that runs on all. To be awaited at the top of a spec file. */
export async function keepShapes(suite: string): Promise<readonly Shape[]> {
  const [mongos, redis] = await Promise.all([mongoServers(suite), useService('redis', suite)]);
  const shape = (
    name: string,
    needs: { mongo?: MongoServer; redis?: true; foreignStorage?: true },
    start: StartProcesses,
  ): Shape => ({
    name,
    available: (!needs.mongo || needs.mongo.uri !== undefined) && (!needs.redis || redis !== undefined),
    storageEngine: needs.foreignStorage ? 'python' : needs.mongo ? 'mongodb' : 'sqlite',
    start: (config, isolation) => {
      const engines = {
        mongodb: needs.mongo?.uri,
        redis: needs.redis && redis?.uri,
        foreignStorage: needs.foreignStorage,
      };
      return KeepProcesses.start((given) => start({ ...given, selfTest: isolation === 'proven' }), engines, config);
    },
  });
  return [
    shape('standalone', {}, standalone),
    shape('standalone with Redis', { redis: true }, standalone),
    shape('standalone on a foreign storage', { foreignStorage: true }, standalone),
    ...mongos.flatMap((mongo) => [
      shape(`standalone with ${mongo.name}`, { mongo }, standalone),
      shape(`distributed with ${mongo.name}, one of each`, { mongo, redis: true }, (given) => distributed(given, 1)),
      shape(`distributed with ${mongo.name}, two of each`, { mongo, redis: true }, (given) => distributed(given, 2)),
    ]),
  ];
}

const clock = new SystemClock();

class KeepProcesses implements KeepInShape {
  readonly logged: string[] = [];
  readonly #start: StartProcesses;
  readonly #config: Config;
  readonly #foreign: ForeignProgram | undefined;
  #started: Started | undefined;
  #admin: AdminClient | undefined;

  private constructor(start: StartProcesses, config: Config, foreign: ForeignProgram | undefined) {
    this.#start = start;
    this.#config = config;
    this.#foreign = foreign;
  }

  static async start(start: StartProcesses, engines: Engines, wishes: Partial<Config> = {}): Promise<KeepInShape> {
    const foreign = engines.foreignStorage ? await startForeignStorage() : undefined;
    const config: Config = {
      ...readConfig({}),
      port: 0,
      servicePort: 0,
      healthPort: 0,
      dataDir: mkdtempSync(join(tmpdir(), 'datakeep-shape-')),
      adminPassword,
      rateLimits: 'off',
      allowUnconfinedViews: true,
      signingKey: randomBytes(32).toString('base64url'),
      serviceSecret: randomBytes(32).toString('base64url'),
      ...(engines.mongodb === undefined ? {} : { mongodbUri: ownDatabase(engines.mongodb) }),
      ...(engines.redis === undefined ? {} : { redisUrl: await ownRedis(engines.redis) }),
      ...(foreign === undefined ? {} : { storageUrl: foreign.url, storageKey: foreign.key }),
      ...wishes,
    };
    const keep = new KeepProcesses(start, config, foreign);
    await keep.#open();
    return keep;
  }

  get routes(): readonly string[] {
    return this.#started!.routes;
  }

  get mongodbUri(): string | undefined {
    return this.#config.mongodbUri;
  }

  get dataDir(): string {
    return this.#config.dataDir;
  }

  get urls(): readonly string[] {
    return this.#started!.urls;
  }

  get url(): string {
    return this.urls[0]!;
  }

  get nobody(): KeepClient {
    return new KeepClient(this.url);
  }

  get admin(): AdminClient {
    return this.#admin!;
  }

  async restart(): Promise<void> {
    await this.#started!.close();
    await this.#open();
  }

  async stop(): Promise<void> {
    await this.#started!.close();
    await this.#foreign?.stop();
    rmSync(this.#config.dataDir, { recursive: true, force: true });
  }

  async #open(): Promise<void> {
    this.#started = await this.#start({ config: this.#config, clock, logger: loggerInto(this.logged) });
    this.#admin = await AdminClient.signIn(this.url, 'admin', adminPassword);
  }
}

function loggerInto(logged: string[]): ReturnType<typeof createLogger> {
  return createLogger('debug', { write: (line: string) => void logged.push(line) });
}

async function standalone(given: ProcessStart): Promise<Started> {
  const keep = await startKeep(given);
  return { urls: [keep.url], routes: keep.gateway.routes.list(), close: () => keep.close() };
}

/** The four services in this process, over real connections, `count` times each. */
async function distributed(given: ProcessStart, count: number): Promise<Started> {
  const running: { close(): Promise<void> }[] = [];
  const servers = async (): Promise<HostAndPort[]> =>
    (await freePorts(count)).map((port) => ({ host: '127.0.0.1', port }));
  const addresses = {
    storageServers: await servers(),
    viewsServers: await servers(),
    executorsServers: await servers(),
  };
  const all = { ...given.config, ...addresses };
  const start = async <T extends { close(): Promise<void> }>(
    boot: (start: ProcessStart) => Promise<T>,
    ports: readonly { readonly port: number }[],
  ): Promise<T[]> => {
    const made: T[] = [];
    for (const { port } of ports) {
      const one = await boot({ ...given, config: { ...all, servicePort: port } });
      running.push(one);
      made.push(one);
    }
    return made;
  };
  const close = async (): Promise<void> => {
    for (const one of running.toReversed()) await one.close();
  };
  try {
    await start(startStorage, addresses.storageServers);
    await start(startViews, addresses.viewsServers);
    await start(startExecutors, addresses.executorsServers);
    const gateways = await start(startGatewayProcess, addresses.storageServers);
    return { urls: gateways.map(({ gateway }) => gateway.url), routes: gateways[0]!.gateway.routes.list(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Each keep has a database of its own. */
export function ownDatabase(uri: string): string {
  const url = new URL(uri);
  url.pathname = `/shape-${randomBytes(6).toString('hex')}`;
  return url.href;
}

/** A logical database of Redis for each test process, emptied: several spec files run at the same moment. */
async function ownRedis(uri: string): Promise<string> {
  const url = new URL(uri);
  url.pathname = `/${1 + (Number(process.env['VITEST_POOL_ID'] ?? 1) % 15)}`;
  const redis = new Redis(url.href);
  await redis.flushdb();
  await redis.quit();
  return url.href;
}
