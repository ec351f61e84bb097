import { Module } from '@nestjs/common';
import { SetupPageController } from '../setup-page/setup-page.controller.ts';
import { DocsController } from './docs.controller.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController } from './metrics.controller.ts';

/** Outside both APIs: docs, the setup page, health, metrics. */
@Module({ controllers: [DocsController, SetupPageController, HealthController, MetricsController] })
export class SystemApiModule {}
