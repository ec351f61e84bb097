import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DataStorage, ViewManager } from '@datakeep/contracts';

/** Prometheus metrics of this process: requests by route and status, the storage's queue, runs that wait, and Node's own. */
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

  constructor(storage: DataStorage, views: ViewManager) {
    collectDefaultMetrics({ register: this.registry });
    const storageBytes = new Gauge({ name: 'datakeep_storage_bytes', help: 'Size of the event storage.', registers: [this.registry] });
    const storageEvents = new Gauge({ name: 'datakeep_storage_events', help: 'Events stored.', registers: [this.registry] });
    const waitingBytes = new Gauge({
      name: 'datakeep_storage_waiting_bytes',
      help: 'Bytes of appends that wait for the writer.',
      registers: [this.registry],
      collect: async () => {
        const figures = await storage.figures();
        storageBytes.set(figures.bytes);
        storageEvents.set(figures.events);
        waitingBytes.set(figures.waitingBytes);
      },
    });
    const runs = new Gauge({
      name: 'datakeep_run_queue_jobs',
      help: 'Jobs of the run queue by state.',
      labelNames: ['state'] as const,
      registers: [this.registry],
      collect: async () => {
        for (const [state, jobs] of Object.entries(await views.queueCounts())) runs.set({ state }, jobs);
      },
    });
  }

  /** Counts every request of this server. Labelled children are kept per route, so that a request costs no label hashing. */
  observe(fastify: FastifyInstance): void {
    const children = new Map<string, { duration: Histogram.Internal<'method' | 'route'>; statuses: Map<number, Counter.Internal> }>();
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      const key = `${request.method} ${route}`;
      let child = children.get(key);
      if (!child) children.set(key, (child = { duration: this.#duration.labels(request.method, route), statuses: new Map() }));
      child.duration.observe(reply.elapsedTime / 1000);
      let counter = child.statuses.get(reply.statusCode);
      if (!counter) child.statuses.set(reply.statusCode, (counter = this.#requests.labels(request.method, route, String(reply.statusCode))));
      counter.inc();
      done();
    });
  }
}
