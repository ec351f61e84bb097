import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  currentTraceparent,
  DatakeepError,
  endSpan,
  SpanKind,
  startSpan,
  traced,
  tracedPort,
  withSpan,
} from '@datakeep/kernel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const caller = `00-${traceId}-${parentId}-01`;

describe('a span, where nothing is traced', () => {
  it('is none, whatever the caller traces', async () => {
    expect(startSpan('request', { kind: SpanKind.SERVER, parent: caller })).toBeUndefined();
    expect(await traced('call', { parent: caller }, async () => currentTraceparent() ?? 'none')).toBe('none');
    expect(withSpan(undefined, () => currentTraceparent())).toBeUndefined();
  });
});

describe('a span, by the SDK', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  beforeAll(() => {
    trace.setGlobalTracerProvider(provider);
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  });
  afterEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    propagation.disable();
  });
  const finished = async () => {
    await provider.forceFlush();
    return exporter.getFinishedSpans();
  };
  const traceparentOf = (parent?: string): string | undefined =>
    withSpan(startSpan('request', { kind: SpanKind.SERVER, parent }), currentTraceparent);

  it.each([caller, `cc-${traceId}-${parentId}-01-of-a-later-version`])('goes on with %s', (parent) => {
    const traceparent = traceparentOf(parent);
    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(traceparent).not.toContain(parentId);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `ff-${traceId}-${parentId}-01`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${traceId}-${parentId}-01x`,
  ])('begins a trace of its own where the context is %s', (parent) => {
    const traceparent = traceparentOf(parent);
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(traceparent).not.toContain(traceId);
  });

  it('is not recorded where the caller decided so, and tells that on', async () => {
    const span = startSpan('request', { parent: `00-${traceId}-${parentId}-00` });
    expect(withSpan(span, currentTraceparent)).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    endSpan(span);
    expect(await finished()).toEqual([]);
  });

  it('has its own time of beginning, and the code that it ended with', async () => {
    const attributes = { 'datakeep.run.id': 'r' };
    endSpan(startSpan('run queued', { startTime: new Date(1000), attributes }), 'not-found');
    expect(await finished()).toMatchObject([
      {
        name: 'run queued',
        startTime: [1, 0],
        attributes: { 'datakeep.run.id': 'r', 'error.type': 'not-found' },
        status: { code: 2 },
      },
    ]);
  });

  it('is a child of the one in whose scope it begins, or of a named one, and none without either', async () => {
    await traced('nobody', {}, async () => undefined);
    const request = startSpan('request', { kind: SpanKind.SERVER });
    await withSpan(request, async () => {
      await Promise.resolve();
      await traced('call', {}, () => traced('deeper', {}, async () => undefined));
      await traced('run', { parent: caller }, async () => undefined);
    });
    endSpan(request);
    const spans = await finished();
    const nameOf = (id: string | undefined): string | undefined =>
      spans.find((span) => span.spanContext().spanId === id)?.name ?? id;
    expect(spans.map(({ name, parentSpanContext }) => [name, nameOf(parentSpanContext?.spanId)])).toEqual([
      ['deeper', 'call'],
      ['call', 'request'],
      ['run', parentId],
      ['request', undefined],
    ]);
  });

  const ends = async (): Promise<unknown[]> =>
    (await finished()).map(({ name, attributes }) => [name, attributes['error.type'] ?? 'well']);

  it('ends with the code of what was thrown, which is thrown on', async () => {
    const thrown = (error: Error): Promise<never> =>
      traced('call', { parent: caller }, async () => {
        throw error;
      });
    await expect(thrown(new DatakeepError('not-found'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(thrown(new TypeError('with a secret'))).rejects.toThrow(TypeError);
    expect(await ends()).toEqual([
      ['call', 'not-found'],
      ['call', 'internal'],
    ]);
    expect(JSON.stringify((await finished()).map(({ events, status }) => [events, status]))).not.toContain('secret');
  });

  it('is each call of a traced port, whose members keep what is private to it', async () => {
    class Port {
      readonly #events = new Map([['a', 1]]);
      async get(name: string): Promise<number> {
        const found = this.#events.get(name);
        if (found === undefined) throw new DatakeepError('not-found');
        return found;
      }
      watch(): () => string {
        return () => 'stopped';
      }
    }
    const port = tracedPort('storage', new Port());
    expect(await port.get('a')).toBe(1);
    await withSpan(startSpan('request', {}), async () => {
      expect(await port.get('a')).toBe(1);
      await expect(port.get('b')).rejects.toMatchObject({ code: 'not-found' });
      expect(port.watch()()).toBe('stopped');
    });
    expect(await ends()).toEqual([
      ['storage.get', 'well'],
      ['storage.get', 'not-found'],
      ['storage.watch', 'well'],
    ]);
  });
});
