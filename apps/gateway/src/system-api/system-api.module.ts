import { Module } from '@nestjs/common';
import { ControlCentreController } from '../control-centre/control-centre.controller.ts';
import { DocsController } from './docs.controller.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController } from './metrics.controller.ts';

/** Outside both APIs: the Control Centre, docs, health, metrics. */
@Module({ controllers: [ControlCentreController, DocsController, HealthController, MetricsController] })
export class SystemApiModule {}
