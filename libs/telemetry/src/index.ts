export type { Telemetry } from './telemetry.ts';
export { TELEMETRY, TelemetryModule } from './telemetry.module.ts';
