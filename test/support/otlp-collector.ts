import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Resource {
  readonly resource: { readonly attributes: readonly KeyValue[] };
}

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly service: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface SentSpan extends Omit<CollectedSpan, 'service' | 'facts'> {
  readonly attributes: readonly KeyValue[];
}

interface Traces {
  readonly resourceSpans: readonly (Resource & {
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  })[];
}

interface SentMetric {
  readonly name: string;
  readonly [kind: string]: unknown;
}

interface Metrics {
  readonly resourceMetrics: readonly (Resource & {
    readonly scopeMetrics: readonly { readonly metrics: readonly SentMetric[] }[];
  })[];
}

/** A collector of OpenTelemetry's protocol over HTTP, as JSON. */
export class OtlpCollector {
  readonly #server: Server;
  readonly #traces: Traces[] = [];
  readonly #metrics: Metrics[] = [];
  /** `authorization` of what was sent. */
  readonly authorizations = new Set<string | undefined>();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await json(request);
      this.authorizations.add(request.headers.authorization);
      if (request.url === '/v1/traces') this.#traces.push(body as Traces);
      if (request.url === '/v1/metrics') this.#metrics.push(body as Metrics);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    await new Promise<void>((resolve) => void collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything that was sent to it. */
  get text(): string {
    return JSON.stringify([this.#traces, this.#metrics]);
  }

  spansOf(traceId: string): readonly CollectedSpan[] {
    return this.#traces
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ resource, scopeSpans }) =>
        scopeSpans
          .flatMap(({ spans }) => spans)
          .map(({ attributes, ...span }) => ({ ...span, service: serviceOf(resource), facts: factsOf(attributes) })),
      )
      .filter((span) => span.traceId === traceId);
  }

  /** The metrics of that name, by the service that sent them. */
  metrics(name: string): ReadonlyMap<string, SentMetric> {
    const found = this.#metrics
      .flatMap(({ resourceMetrics }) => resourceMetrics)
      .flatMap(({ resource, scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) => metrics).map((metric) => [serviceOf(resource), metric] as const),
      );
    return new Map(found.filter(([, metric]) => metric.name === name));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function factsOf(attributes: readonly KeyValue[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function serviceOf({ attributes }: Resource['resource']): string {
  return String(factsOf(attributes)['service.name']);
}
