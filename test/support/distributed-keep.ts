/**
 * The distributed shape as users run it: the built services (`npm run build` first) as child processes on free ports,
 * over a running MongoDB and Redis. Runs in plain Node: erasable TypeScript, no aliases.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startFlags, startVariables } from '../../libs/service-host/src/prepare-node.ts';
import { lastBuild } from '../../scripts/build.ts';
import { compileCache } from './compile-cache.ts';
import { freePorts } from './free-ports.ts';
import { childrenOf } from './process-family.ts';

export type ServiceName = 'storage' | 'views' | 'executors' | 'gateway';
const names: readonly ServiceName[] = ['storage', 'views', 'executors', 'gateway'];

/** One service as a process, which can be ended and started again at its address. */
export class ServiceProcess {
  readonly name: ServiceName;
  /** Where it answers `/health/…`; of a gateway, where it serves. */
  readonly url: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #output: string[] = [];
  #child: ChildProcess | undefined;

  constructor(name: ServiceName, healthPort: number, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.url = `http://127.0.0.1:${healthPort}`;
    this.#env = env;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Everything that it and its predecessors printed. */
  get output(): string {
    return this.#output.join('');
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  launch(): void {
    const file = join(lastBuild(), `apps/${this.name}/src/main.js`);
    this.#child = spawn(process.execPath, [...startFlags, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // As scripts/start-distributed.ts does.
      env: { ...startVariables, ...compileCache, ...this.#env },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#output.push(text));
  }

  /** The status of `/health/ready` or `/health/live`; 0 if nothing answers. */
  async health(which: 'ready' | 'live' = 'ready'): Promise<number> {
    try {
      return (await fetch(`${this.url}/health/${which}`)).status;
    } catch {
      return 0; // not listening
    }
  }

  async until(which: 'ready' | 'live', patienceMs = 100_000): Promise<void> {
    const giveUpAt = performance.now() + patienceMs;
    while ((await this.health(which)) !== 200) {
      if (!this.isRunning) throw new Error(`${this.name} ended: ${this.output.slice(-3000)}`);
      if (performance.now() > giveUpAt) throw new Error(`${this.name} is not ${which}: ${this.output.slice(-3000)}`);
      await delay(20);
    }
  }

  /** Resolves with the exit code; null if the signal ended it. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    const child = this.#child;
    if (!child || !this.isRunning) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
    return child.exitCode;
  }

  /** Numbers of the processes that it started. */
  children(): number[] {
    return childrenOf(this.pid);
  }
}

export interface DistributedOptions {
  readonly mongodbUri: string;
  readonly redisUrl: string;
  /** Where the events lie; the records are in MongoDB. SQLite goes with one storage process. */
  readonly engine: 'mongodb' | 'sqlite';
  /** How many of each; one where nothing is said. */
  readonly count?: Readonly<Partial<Record<ServiceName, number>>>;
  /** Variables of every process; they win. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is waited for at the start: `live` where Redis is away. */
  readonly until?: 'ready' | 'live';
}

export class DistributedKeep {
  readonly adminPassword: string;
  readonly #services: Readonly<Record<ServiceName, readonly ServiceProcess[]>>;
  readonly #folder: string;
  readonly #ports: Readonly<Record<ServiceName, readonly { readonly service: number }[]>>;

  private constructor(
    services: Readonly<Record<ServiceName, readonly ServiceProcess[]>>,
    ports: Readonly<Record<ServiceName, readonly { readonly service: number }[]>>,
    folder: string,
    adminPassword: string,
  ) {
    this.#services = services;
    this.#ports = ports;
    this.#folder = folder;
    this.adminPassword = adminPassword;
  }

  static async start(options: DistributedOptions): Promise<DistributedKeep> {
    const folder = mkdtempSync(join(tmpdir(), 'datakeep-distributed-'));
    const adminPassword = randomBytes(18).toString('base64url');
    const countOf = (name: ServiceName): number => options.count?.[name] ?? 1;
    const ports = await freePorts(2 * names.reduce((sum, name) => sum + countOf(name), 0));
    const taken = Object.fromEntries(
      names.map((name) => [
        name,
        Array.from({ length: countOf(name) }, () => ({ service: ports.pop()!, health: ports.pop()! })),
      ]),
    ) as Record<ServiceName, { service: number; health: number }[]>;
    const servers = (name: ServiceName): string => taken[name].map(({ service }) => `127.0.0.1:${service}`).join(',');
    const shared: Record<string, string> = {
      PATH: process.env['PATH'] ?? '',
      DATA_DIR: folder,
      ADMIN_PASSWORD: adminPassword,
      RATE_LIMITS: 'off',
      APP_LIMITS: 'runs-per-day=999999999999,rows-per-minute=999999999999',
      LOG_LEVEL: 'warn',
      REDIS_URL: options.redisUrl,
      MONGODB_URI: options.mongodbUri,
      SIGNING_KEY: randomBytes(32).toString('base64url'),
      SERVICE_SECRET: randomBytes(32).toString('base64url'),
      STORAGE_SERVERS: servers('storage'),
      VIEWS_SERVERS: servers('views'),
      EXECUTORS_SERVERS: servers('executors'),
      PUBLIC_URL: `http://127.0.0.1:${taken.gateway[0]!.health}`,
      ...options.env,
    };
    const make = (name: ServiceName): ServiceProcess[] =>
      taken[name].map(({ service, health }) => {
        const env = { ...shared, PORT: String(health), HEALTH_PORT: String(health), SERVICE_PORT: String(service) };
        return new ServiceProcess(
          name,
          health,
          name === 'storage' && options.engine === 'sqlite' ? { ...env, MONGODB_URI: '' } : env,
        );
      });
    const services = {
      storage: make('storage'),
      views: make('views'),
      executors: make('executors'),
      gateway: make('gateway'),
    };
    const keep = new DistributedKeep(services, taken, folder, adminPassword);
    const until = options.until ?? 'ready';
    // The first gateway makes the admin.
    const [first, ...others] = services.gateway;
    for (const one of keep.all) if (one === first || one.name !== 'gateway') one.launch();
    try {
      await Promise.all(keep.all.filter((one) => one.pid > 0).map((one) => one.until(until)));
      for (const one of others) one.launch();
      await Promise.all(others.map((one) => one.until(until)));
    } catch (error) {
      await keep.stop();
      throw error;
    }
    return keep;
  }

  of(name: ServiceName): readonly ServiceProcess[] {
    return this.#services[name];
  }

  get all(): readonly ServiceProcess[] {
    return names.flatMap((name) => this.#services[name]);
  }

  /** Where the first of these answers the other services. */
  portOf(name: ServiceName): number {
    return this.#ports[name][0]!.service;
  }

  get urls(): readonly string[] {
    return this.of('gateway').map(({ url }) => url);
  }

  get url(): string {
    return this.urls[0]!;
  }

  async stop(): Promise<void> {
    for (const name of names.toReversed()) await Promise.all(this.of(name).map((one) => one.end('SIGINT')));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
