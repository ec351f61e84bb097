import { ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Clock } from '@datakeep/kernel';
import type { Measured, MeasuredValue, MetricSource } from '../telemetry.ts';

type Time = DataPoint<number>['startTime'];
type Times = Pick<DataPoint<number>, 'startTime' | 'endTime'>;

const timeOf = (ms: number): Time => [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];

/** Registries of prom-client as OpenTelemetry's metrics: what is measured once is exported both ways. */
export class PrometheusBridge implements MetricProducer {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #startTime: Time;
  readonly #sources: MetricSource[] = [];

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#startTime = timeOf(clock.now());
  }

  add(source: MetricSource): void {
    this.#sources.push(source);
  }

  clear(): void {
    this.#sources.length = 0;
  }

  async collect(): Promise<CollectionResult> {
    const read = await Promise.allSettled(this.#sources.map((source) => source.getMetricsAsJSON()));
    const times = { startTime: this.#startTime, endTime: timeOf(this.#clock.now()) };
    const measured = read.flatMap((each) => (each.status === 'fulfilled' ? (each.value as readonly Measured[]) : []));
    const metrics = measured.flatMap((each) => metricOf(each, times) ?? []);
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope: { name: 'datakeep' }, metrics }] },
      errors: read.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
    };
  }
}

/** Undefined for what has no counterpart: a summary. */
function metricOf({ name, help, type, values }: Measured, times: Times): MetricData | undefined {
  const common = {
    descriptor: { name, description: help, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const points = (): DataPoint<number>[] =>
    values.map(({ labels, value }) => ({ ...times, attributes: labels, value }));
  if (type === 'counter')
    return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points() };
  if (type === 'gauge') return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: points() };
  if (type !== 'histogram') return undefined;
  const byLabels = Map.groupBy(values, ({ labels: { le: _le, ...labels } }) => JSON.stringify(labels));
  const { startTime, endTime } = times;
  const dataPoints = [...byLabels].map(([labels, parts]) => ({
    startTime,
    endTime,
    attributes: JSON.parse(labels) as Record<string, string | number>,
    value: histogramOf(name, parts),
  }));
  return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints };
}

/** Prometheus counts what is at most a boundary, OpenTelemetry what is between two. */
function histogramOf(name: string, parts: readonly MeasuredValue[]): Histogram {
  const one = (metricName: string): number => parts.find((part) => part.metricName === metricName)?.value ?? 0;
  const buckets = parts
    .filter(({ metricName }) => metricName === `${name}_bucket`)
    .map(({ labels, value }) => ({ upTo: labels['le'] === '+Inf' ? Infinity : Number(labels['le']), value }))
    .toSorted((a, b) => a.upTo - b.upTo);
  return {
    count: one(`${name}_count`),
    sum: one(`${name}_sum`),
    buckets: {
      boundaries: buckets.map(({ upTo }) => upTo).filter(Number.isFinite),
      counts: buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0)),
    },
  };
}
