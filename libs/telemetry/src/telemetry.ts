import type { Clock, Config, Logger } from '@datakeep/kernel';

export interface MeasuredValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Of a histogram: `<name>_bucket`, `<name>_sum`, `<name>_count`. */
  readonly metricName?: string;
}

/** A metric as prom-client answers it. */
export interface Measured {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly MeasuredValue[];
}

/** A registry of prom-client. */
export interface MetricSource {
  getMetricsAsJSON(): Promise<readonly unknown[]>;
}

/** What leaves the process for a collector, while it runs. */
export interface Telemetry {
  /** The figures of this registry are sent from now on, beside what `/metrics` says of them. */
  measure(source: MetricSource): void;
  /** Sends the figures a last time, while what is measured still answers; within a second. */
  flush(): Promise<void>;
  /** Sends the spans that are left, within a second. */
  close(): Promise<void>;
}

export interface TelemetryStart {
  readonly config: Pick<Config, 'otelEndpoint' | 'otelServiceName'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `gateway`, `storage`, … */
  readonly service: string;
}
