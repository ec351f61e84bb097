import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Config, createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import type { ProcessStart } from '@datakeep/service-host';
import { startKeep } from '../../apps/standalone/src/bootstrap.ts';
import { AdminClient, KeepClient } from './keep-client.ts';
import { adminPassword } from './keep-in-process.ts';
import { distributedByNpm, type Started } from './distributed-by-npm.ts';
import { distributedInProcess } from './distributed-in-process.ts';
import type { ForeignProgram } from './foreign-program.ts';
import { startForeignStorage } from './foreign-storage/foreign-storage.ts';
import { type MongoServer, mongoServer } from './mongo/mongo-server.ts';
import { useService } from './services/use-service.ts';

/** A keep in one of its shapes, with its admin signed in. */
export interface KeepInShape {
  /** Of the gateway; the first where there are several. */
  readonly url: string;
  /** Of every gateway. */
  readonly urls: readonly string[];
  readonly nobody: KeepClient;
  readonly admin: AdminClient;
  /** What its gateway serves, as `METHOD /path`; of a keep in this process. */
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
  /** The engine of the events as the admin sees it. */
  readonly storageEngine: string;
  /**
   * `deployed`: the runtimes prove their isolation before the first run, and several services are the processes that
   * `npm run start:distributed` starts (ADR 68). Else nothing is proved, and services run in this process: a start of
   * eight processes takes 13 s of a processor.
   */
  start(config?: Partial<Config>, as?: 'deployed'): Promise<KeepInShape>;
}

/** The log of this process goes to the logger; that of other processes to `log`, line by line. */
type StartProcesses = (given: ProcessStart, log: (line: string) => void) => Promise<Started>;

interface Engines {
  readonly mongodb?: string | undefined;
  readonly redis?: string | undefined;
  readonly foreignStorage?: boolean | undefined;
}

/**
 * The shapes in which people run a keep: one process, one process with Redis, several processes with MongoDB and Redis.
 * `mixes` adds one process on each other storage. To be awaited at the top of a spec file.
 */
export async function keepShapes(suite: string, mixes?: 'mixes'): Promise<readonly Shape[]> {
  const [mongo, redis] = await Promise.all([mongoServer(suite), useService('redis', suite)]);
  const shape = (
    name: string,
    needs: { mongo?: MongoServer; redis?: true; foreignStorage?: true },
    start: StartProcesses,
  ): Shape => ({
    name,
    available: (!needs.mongo || needs.mongo.uri !== undefined) && (!needs.redis || redis !== undefined),
    storageEngine: needs.foreignStorage ? 'python' : needs.mongo ? 'mongodb' : 'sqlite',
    start: (config, as) => {
      const engines = {
        mongodb: needs.mongo?.uri,
        redis: needs.redis && redis?.uri,
        foreignStorage: needs.foreignStorage,
      };
      return KeepProcesses.start(
        (given, log) => start({ ...given, selfTest: as === 'deployed' }, log),
        engines,
        config,
      );
    },
  });
  return [
    shape('standalone', {}, standalone),
    shape('standalone with Redis', { redis: true }, standalone),
    shape(`distributed with ${mongo.name}, two of each`, { mongo, redis: true }, (given, log) =>
      given.selfTest ? distributedByNpm(given, log) : distributedInProcess(given),
    ),
    ...(mixes
      ? [
          shape('standalone on a foreign storage', { foreignStorage: true }, standalone),
          shape(`standalone with ${mongo.name}`, { mongo }, standalone),
        ]
      : []),
  ];
}

const clock = new SystemClock();

class KeepProcesses implements KeepInShape {
  readonly logged: string[] = [];
  readonly #start: StartProcesses;
  readonly #config: Config;
  readonly #foreign: ForeignProgram | undefined;
  /** Set also where the hook that starts the keep timed out. */
  #starting: Promise<Started> | undefined;
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
    const started = await this.#starting;
    await started?.close();
    await this.#foreign?.stop();
    rmSync(this.#config.dataDir, { recursive: true, force: true });
  }

  async #open(): Promise<void> {
    this.#starting = this.#start(
      { config: this.#config, clock, logger: loggerInto(this.logged) },
      (line) => void this.logged.push(line),
    );
    this.#started = await this.#starting;
    this.#admin = await AdminClient.signIn(this.url, 'admin', this.#config.adminPassword ?? '');
  }
}

function loggerInto(logged: string[]): ReturnType<typeof createLogger> {
  return createLogger('debug', { write: (line: string) => void logged.push(line) });
}

async function standalone(given: ProcessStart): Promise<Started> {
  const keep = await startKeep(given);
  return { urls: [keep.url], routes: keep.gateway.routes.list(), close: () => keep.close() };
}

/** Each keep has a separate database. */
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
