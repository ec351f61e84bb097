import { text, url } from './variable.ts';

/** Configuration of OpenTelemetry's SDK; it reads these itself as well, and others of its own names. */
export const telemetryVariables = {
  otelEndpoint: url('OTEL_EXPORTER_OTLP_ENDPOINT', {
    description:
      'Where traces and metrics are sent by OTLP over HTTP (`/v1/traces`, `/v1/metrics` of it); default: nowhere, ' +
      'and nothing of it is loaded.',
  }),
  otelServiceName: text('OTEL_SERVICE_NAME', undefined, {
    pattern: /^[\w.-]{1,128}$/,
    legal: '1 to 128 letters, digits, dots, hyphens and underscores',
    description:
      '`service.name` of traces and metrics; default: datakeep-standalone, datakeep-gateway, datakeep-storage, …',
  }),
  otelHeaders: text('OTEL_EXPORTER_OTLP_HEADERS', undefined, {
    secret: true,
    pattern: /^[^\s=,]+=[^,]*(,\s*[^\s=,]+=[^,]*)*$/,
    legal: 'a list of name=value,…, values in percent-encoding',
    description: 'Headers of what is sent there, such as its key.',
  }),
};
