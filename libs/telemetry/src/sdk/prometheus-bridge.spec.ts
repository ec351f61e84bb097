import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { ManualClock } from '@datakeep/kernel/testing';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PrometheusBridge } from './prometheus-bridge.ts';

describe('a registry of Prometheus, as metrics of OpenTelemetry', () => {
  it('has counters, gauges and histograms, of which each bucket counts for itself', async () => {
    const registry = new Registry();
    const registers = [registry];
    const counter = new Counter({ name: 'asked', help: 'Asked.', labelNames: ['route'], registers });
    counter.inc({ route: '/a' }, 3);
    new Gauge({ name: 'waiting', help: 'Waiting.', registers }).set(7);
    const took = new Histogram({ name: 'took', help: 'Took.', labelNames: ['route'], buckets: [1, 2], registers });
    for (const value of [0.5, 1.5, 1.5, 9]) took.observe({ route: '/a' }, value);
    took.observe({ route: '/b' }, 1);
    new Summary({ name: 'unknown', help: 'No counterpart.', registers }).observe(1);
    const clock = new ManualClock(5500);
    const bridge = new PrometheusBridge(clock);
    bridge.add(registry);
    await clock.advance(1000);
    const { resourceMetrics, errors } = await bridge.collect();
    expect(errors).toEqual([]);
    const times = { startTime: [5, 500_000_000], endTime: [6, 500_000_000] };
    const cumulative = { aggregationTemporality: AggregationTemporality.CUMULATIVE };
    expect(resourceMetrics.scopeMetrics[0]?.metrics).toMatchObject([
      {
        ...cumulative,
        descriptor: { name: 'asked', description: 'Asked.' },
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: [{ ...times, attributes: { route: '/a' }, value: 3 }],
      },
      { descriptor: { name: 'waiting' }, dataPointType: DataPointType.GAUGE, dataPoints: [{ ...times, value: 7 }] },
      {
        ...cumulative,
        descriptor: { name: 'took' },
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: [
          {
            attributes: { route: '/a' },
            value: { count: 4, sum: 12.5, buckets: { boundaries: [1, 2], counts: [1, 2, 1] } },
          },
          { attributes: { route: '/b' }, value: { count: 1, buckets: { boundaries: [1, 2], counts: [1, 0, 0] } } },
        ],
      },
    ]);
  });

  it('that fails leaves the others to be told', async () => {
    const registry = new Registry();
    new Gauge({ name: 'waiting', help: 'Waiting.', registers: [registry] }).set(1);
    const bridge = new PrometheusBridge(new ManualClock());
    bridge.add({ getMetricsAsJSON: () => Promise.reject(new Error('away')) });
    bridge.add(registry);
    const { resourceMetrics, errors } = await bridge.collect();
    expect(errors).toHaveLength(1);
    expect(resourceMetrics.scopeMetrics[0]?.metrics).toHaveLength(1);
  });
});
