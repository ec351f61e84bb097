import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { DataStorage, ViewManager } from '@datakeep/contracts';
import { DatakeepError, type ProblemCode } from '@datakeep/kernel';
import { gaugesOf, measureQueue, measureStorage } from '@datakeep/service-host';

/** Why a run is refused that its caller was allowed to make. */
const refusals: ReadonlySet<string> = new Set<ProblemCode>([
  'run-queue-full',
  'run-queue-unreachable',
  'view-manager-unreachable',
  'execution-service-unreachable',
]);

/**
 * Prometheus metrics of this process: requests by route and status, the storage's queue, runs that wait, and Node's
 * own.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #duration = new Histogram({
    name: 'datakeep_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labelNames: ['method', 'route'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
    registers: [this.registry],
  });
  readonly #requests = new Counter({
    name: 'datakeep_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [this.registry],
  });

  readonly #refused = new Counter({
    name: 'datakeep_runs_refused_total',
    help: 'Runs and dry runs that this gateway refused for want of room or of a service, by the problem.',
    labelNames: ['code'] as const,
    registers: [this.registry],
  });

  /** `measure` adds what else is in this process. */
  constructor(storage: DataStorage, views: ViewManager, measure?: (registry: Registry) => void) {
    collectDefaultMetrics({ register: this.registry });
    measure?.(this.registry);
    for (const code of refusals) this.#refused.inc({ code }, 0);
    const gauge = gaugesOf(this.registry, () => views.runFigures());
    gauge('datakeep_runs_kept', 'Ended runs that are kept.', ({ ended }) => ended);
    gauge('datakeep_runs_kept_bytes', 'What the ended runs take.', ({ endedBytes }) => endedBytes);
    gauge(
      'datakeep_runs_quarantined',
      'Runs that are kept because every delivery failed in the keep itself.',
      ({ quarantined }) => quarantined,
    );
    measureStorage(this.registry, storage);
    measureQueue(this.registry, () => views.queueCounts());
  }

  /** Starts a run, and counts it where it is refused. */
  async refusable<T>(start: () => Promise<T>): Promise<T> {
    try {
      return await start();
    } catch (error) {
      const code = DatakeepError.from(error)?.code;
      if (code !== undefined && refusals.has(code)) this.#refused.inc({ code });
      throw error;
    }
  }

  /**
   * Counts every request of this server. Labelled children are kept per route, so that a request costs no label
   * hashing.
   */
  observe(fastify: FastifyInstance): void {
    const children = new Map<
      string,
      { duration: Histogram.Internal<'method' | 'route'>; statuses: Map<number, Counter.Internal> }
    >();
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      const key = `${request.method} ${route}`;
      let child = children.get(key);
      if (!child)
        children.set(key, (child = { duration: this.#duration.labels(request.method, route), statuses: new Map() }));
      child.duration.observe(reply.elapsedTime / 1000);
      let counter = child.statuses.get(reply.statusCode);
      if (!counter)
        child.statuses.set(
          reply.statusCode,
          (counter = this.#requests.labels(request.method, route, String(reply.statusCode))),
        );
      counter.inc();
      done();
    });
  }
}
