import { randomUUID } from 'node:crypto';
import { diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { within } from '@datakeep/kernel';
import type { Telemetry, TelemetryStart } from '../telemetry.ts';
import { PrometheusBridge } from './prometheus-bridge.ts';
import { quietDiagnostics } from './quiet-diagnostics.ts';

/** What a stop leaves for the last figures, and for the last spans, ms (docs/deployment.md). */
const flushMs = 1000;
/** Traces leave each second, by at most 512 spans; of 2048 that wait, later ones are dropped. */
const traceEveryMs = 1000;
const metricsEveryMs = 60_000;
/** What one request to a collector may take, ms. */
const sendMs = 10_000;

/** Sends what this process traces and measures by OTLP over HTTP. Neither waits for a collector, nor fails by one. */
export function startSdk({ config, clock, logger, service }: TelemetryStart): Telemetry {
  diag.setLogger(quietDiagnostics(logger, clock), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const endpoint = config.otelEndpoint ?? '';
  const exporting = (path: string) => ({ url: `${endpoint}${path}`, timeoutMillis: sendMs });
  const resource = detectResources({ detectors: [envDetector] }).merge(
    resourceFromAttributes({
      'service.name': config.otelServiceName ?? `datakeep-${service}`,
      'service.instance.id': randomUUID(),
    }),
  );
  const bridge = new PrometheusBridge(clock);
  const spans = new TracerProvider({
    resource,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(exporting('/v1/traces')),
        scheduledDelayMillis: traceEveryMs,
        exportTimeoutMillis: sendMs,
      }),
    ],
  });
  const metrics = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(exporting('/v1/metrics')),
        exportIntervalMillis: metricsEveryMs,
        exportTimeoutMillis: sendMs,
        metricProducers: [bridge],
      }),
    ],
  });
  trace.setGlobalTracerProvider(spans);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return {
    measure: (source) => bridge.add(source),
    flush: async () => {
      await within(
        clock,
        flushMs,
        metrics.forceFlush().catch(() => undefined),
      );
      bridge.clear();
    },
    close: async () => {
      await within(clock, flushMs, Promise.allSettled([spans.shutdown(), metrics.shutdown()]));
      trace.disable();
      propagation.disable();
    },
  };
}
