import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { OtelTracer } from './otel-tracer.ts';

const [trace, parent] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

describe('a span by the SDK', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = new OtelTracer(provider.getTracer('test'));
  const start = (traceparent?: string) => tracer.start('request', { kind: 'server', parent: traceparent });

  it.each([`00-${trace}-${parent}-01`, `cc-${trace}-${parent}-01-of-a-later-version`])('goes on with %s', (text) => {
    const { traceparent } = start(text);
    expect(traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect(traceparent).not.toContain(parent);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `ff-${trace}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}-${parent}-01x`,
  ])('begins a trace of its own where the context is %s', (text) => {
    const { traceparent } = start(text);
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(traceparent).not.toContain(trace);
  });

  const finished = async () => {
    await provider.forceFlush();
    return exporter.getFinishedSpans();
  };

  it('is not recorded where the caller decided so, and tells that on', async () => {
    const before = (await finished()).length;
    const span = start(`00-${trace}-${parent}-00`);
    expect(span.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
    span.end();
    expect(await finished()).toHaveLength(before);
  });

  it('has its own time of beginning, and the code that it ended with', async () => {
    const span = tracer.start('run queued', { kind: 'internal', startedAt: 1_000 });
    span.set({ 'datakeep.run.id': 'r' });
    span.end('not-found');
    expect((await finished()).at(-1)).toMatchObject({
      name: 'run queued',
      startTime: [1, 0],
      attributes: { 'datakeep.run.id': 'r', 'error.type': 'not-found' },
      status: { code: 2 },
    });
  });
});
