import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Telemetry, TelemetryStart } from './telemetry.ts';

export const TELEMETRY = Symbol('Telemetry');

const nothing: Telemetry = { measure: () => undefined, flush: async () => undefined, close: async () => undefined };

/** Traces and metrics of one process, sent where OTEL_EXPORTER_OTLP_ENDPOINT says; else nothing of it is loaded. */
export class TelemetryModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #telemetry: Telemetry;

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  static forRoot({ config, clock, logger }: Omit<TelemetryStart, 'service'>, service: string): DynamicModule {
    const telemetry = {
      provide: TELEMETRY,
      useFactory: async (): Promise<Telemetry> => {
        if (config.otelEndpoint === undefined) return nothing;
        const { startSdk } = await import('./sdk/start-sdk.ts');
        return startSdk({ config, clock, logger, service });
      },
    };
    return { module: TelemetryModule, global: true, providers: [telemetry], exports: [TELEMETRY] };
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#telemetry.flush();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#telemetry.close();
  }
}

// Decorators as functions: Node runs this lib from source in tests, where it strips types and knows no decorators.
Inject(TELEMETRY)(TelemetryModule, undefined, 0);
Module({})(TelemetryModule);
