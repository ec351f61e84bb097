import { Module } from '@nestjs/common';
import { DocsController } from './docs.controller.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController } from './metrics.controller.ts';

/** Outside both APIs: docs, health, metrics. */
@Module({ controllers: [DocsController, HealthController, MetricsController] })
export class SystemApiModule {}
