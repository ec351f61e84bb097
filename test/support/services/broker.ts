import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { startMongoStandIn } from './mongo-stand-in.ts';
import { startRedis } from './redis.ts';
import type { Service } from './service-process.ts';

export type ServiceName = 'redis' | 'mongo';

/** What a suite gets: the address of the server, or why there is none. */
export type Answer =
  { readonly engine: string; readonly uri: string } | { readonly missing: string; readonly required: boolean };

interface Kind {
  readonly engine: string;
  readonly start: () => Promise<Service>;
  /** A server that runs outside and is used instead. */
  readonly outside?: string | undefined;
}

/** Variables that name a server to use instead; `npm run services` prints them. */
type Outside = 'REDIS_URL' | 'MONGODB_URI';

export type ServiceEnvironment = Readonly<Record<Outside | 'REQUIRE_SERVICES', string | undefined>>;

const names: readonly ServiceName[] = ['redis', 'mongo'];

/**
 * Starts each server on its first use by a suite, once for all of a run's test processes, and stops them at its end. A
 * run without such suites costs one idle listener.
 */
export class ServiceBroker {
  readonly #kinds: Readonly<Record<ServiceName, Kind>>;
  readonly #required: ReadonlySet<string>;
  readonly #started = new Map<ServiceName, Promise<Service>>();
  readonly #suites = new Map<ServiceName, Set<string>>();
  readonly #missing = new Map<ServiceName, string>();
  readonly #server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://broker');
    const name = names.find((one) => `/${one}` === pathname);
    if (!name) return void response.writeHead(404).end();
    void this.#answer(name, searchParams.get('suite') ?? 'a suite').then((answer) =>
      response.end(JSON.stringify(answer)),
    );
  });

  constructor(environment: ServiceEnvironment) {
    this.#required = new Set((environment.REQUIRE_SERVICES ?? '').split(',').map((name) => name.trim()));
    const outside = (variable: Outside) => environment[variable] || undefined;
    this.#kinds = {
      redis: { engine: 'Redis', start: startRedis, outside: outside('REDIS_URL') },
      mongo: { engine: 'the stand-in for MongoDB', start: startMongoStandIn, outside: outside('MONGODB_URI') },
    };
  }

  /** Returns the address that suites ask at. */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#server.unref();
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    const services = await Promise.allSettled(this.#started.values());
    await Promise.all(services.map((one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
  }

  /** Which suite ran on which engine, a line for each. */
  summary(): readonly string[] {
    return [...this.#suites].map(([name, suites]) => {
      const { engine, outside } = this.#kinds[name];
      const missing = this.#missing.get(name);
      const list = [...suites].toSorted().join(', ');
      if (missing) return `${engine} could not be started, so these did not run: ${list} (${missing})`;
      return `${outside ? 'the server given from outside' : engine} ran: ${list}`;
    });
  }

  async #answer(name: ServiceName, suite: string): Promise<Answer> {
    const { engine, start, outside } = this.#kinds[name];
    this.#suites.set(name, (this.#suites.get(name) ?? new Set()).add(suite));
    if (outside) return { engine: 'outside', uri: outside };
    try {
      const starting = this.#started.get(name) ?? start();
      this.#started.set(name, starting);
      return { engine, uri: (await starting).uri };
    } catch (error) {
      const missing = (error instanceof Error ? error.message : String(error))
        .trim()
        .replaceAll('\n', ' ')
        .slice(0, 300);
      this.#missing.set(name, missing);
      return { missing, required: this.#required.has(name) };
    }
  }
}
