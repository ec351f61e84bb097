import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import type { Run } from '../support/keep-client.ts';
import { keepUnderTest, permittedInstance, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';
import { type CollectedSpan, OtlpCollector } from '../support/otlp-collector.ts';

const shapes = await keepShapes('traces and metrics');
const parts = {
  standalone: ['datakeep-standalone'],
  distributed: ['datakeep-executors', 'datakeep-gateway', 'datakeep-storage', 'datakeep-views'],
};

describe.for(shapes.filter(({ available }) => available))('traces and metrics: $name', ({ name, start }) => {
  const services = name.startsWith('standalone') ? parts.standalone : parts.distributed;
  const [traceId, caller] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  let collector: OtlpCollector;
  let under: KeepInShape | undefined;
  beforeAll(async () => {
    collector = await OtlpCollector.start();
    under = await start({ otelEndpoint: collector.url }, 'deployed');
  });
  afterAll(async () => {
    await under?.stop();
    await collector.stop();
  });

  it('go on with the trace of who asks for a run, to its end, through every part of the keep', async () => {
    const app = await walkingApp(under!.admin, 'Canary of names');
    await app.ask('POST', '/app/v1/events', { body: { events: [walk(271_828)] } });
    const instance = await permittedInstance(under!.admin, app);
    const run = await app.ask<Run>('POST', `/app/v1/view-instances/${instance}/runs`, {
      body: { clientCustomData: 'canary of input' },
      headers: { traceparent: `00-${traceId}-${caller}-01`, prefer: 'wait=30', 'x-request-id': 'canary-of-ids' },
    });
    expect(run).toMatchObject({ state: 'succeeded' });
    const route = 'POST /app/v1/view-instances/:id/runs';
    const spans = (): readonly CollectedSpan[] => collector.spansOf(traceId);
    for (const needed of [route, 'run queued', 'run execute', 'storage.query'])
      await expect.poll(() => spans().map((span) => span.name)).toContain(needed);
    const from = (): string[] => [...new Set(spans().map(({ service }) => service))].toSorted();
    await expect.poll(from).toEqual(services);
    const astray = (): CollectedSpan[] => {
      const known = new Set([caller, ...spans().map(({ spanId }) => spanId)]);
      return spans().filter(({ parentSpanId = '' }) => !known.has(parentSpanId));
    };
    await expect.poll(astray).toEqual([]);
    expect(spans().find((span) => span.name === route)).toMatchObject({
      parentSpanId: caller,
      facts: {
        'http.request.method': 'POST',
        'http.route': '/app/v1/view-instances/:id/runs',
        'http.response.status_code': 200,
        'datakeep.request.id': 'canary-of-ids',
      },
    });
    expect(spans().find((span) => span.name === 'run execute')).toMatchObject({
      facts: { 'datakeep.run.id': run.id, 'datakeep.runtime': 'javascript' },
    });
    expect(collector.text).not.toMatch(/canary of input|Canary of names|271828|walking/);
    expect(collector.text).not.toContain(app.token);
  });

  it('are all there once the keep has stopped, and tell what /metrics tells', async () => {
    await under!.stop();
    under = undefined;
    expect([...collector.metrics('process_resident_memory_bytes').keys()].toSorted()).toEqual(services);
    const [requests] = collector.metrics('datakeep_http_requests_total').values();
    expect(requests).toMatchObject({ sum: { isMonotonic: true, dataPoints: expect.any(Array) } });
    const [durations] = collector.metrics('datakeep_http_request_duration_seconds').values();
    expect(durations).toMatchObject({
      histogram: {
        dataPoints: expect.arrayContaining([expect.objectContaining({ explicitBounds: expect.any(Array) })]),
      },
    });
  });
});

describe('a collector', () => {
  it.each([
    ['that is away', async () => ({ url: `http://127.0.0.1:${(await freePorts(1))[0]}`, close: () => undefined })],
    [
      'that never answers',
      async () => {
        const server = createServer(() => undefined);
        await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
        const { port } = server.address() as { port: number };
        return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
      },
    ],
  ] as const)('%s holds up nothing, and is told of once', async (_, open) => {
    const { url, close } = await open();
    const under = await keepUnderTest({ config: { otelEndpoint: url } });
    const warnings = (): string[] => under.logged.filter((line) => line.includes('were not sent'));
    const app = await walkingApp(under.admin);
    await expect.poll(warnings).toHaveLength(1);
    await app.ask('POST', '/app/v1/events', { body: { events: [walk(1)] } });
    await app.ask('GET', `/app/v1/events?profile=${encodeURIComponent(walkProfile)}`);
    await under.stop();
    close();
    expect(warnings()).toHaveLength(1);
    expect(under.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

describe("OpenTelemetry's SDK", () => {
  /** Tells of each module of the SDK that a process loads. */
  const told = 'loads the SDK';
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) {
      if (/@opentelemetry\\/(sdk|exporter|otlp|resources|core)/.test(url)) process.stderr.write('${told}\\n');
      return next(url, context);
    } });`;
  const options = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` };

  it.each([
    ['is not loaded where there is no endpoint', {}, false],
    ['is loaded where there is one', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, true],
  ] as const)('%s', async (_, env, isLoaded) => {
    const keep = await KeepProcess.start({ env: { ...options, ...env } });
    try {
      expect(keep.output.includes(told)).toBe(isLoaded);
    } finally {
      await keep.dispose();
    }
  });

  it('takes its headers and its name from the variables of OpenTelemetry', async () => {
    const collector = await OtlpCollector.start();
    const keep = await KeepProcess.start({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20canary',
        OTEL_SERVICE_NAME: 'my-keep',
      },
    });
    await keep.stop();
    expect([...collector.authorizations]).toEqual(['Bearer canary']);
    expect([...collector.metrics('process_resident_memory_bytes').keys()]).toEqual(['my-keep']);
    expect(keep.output).not.toContain('canary');
    await keep.dispose();
    await collector.stop();
  });
});
