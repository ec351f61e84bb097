import { Module } from '@nestjs/common';
import { AppAssociationController } from './app-association.controller.ts';
import { AppChangesController } from './app-changes.controller.ts';
import { AppConsentController } from './app-consent.controller.ts';
import { BulkAnswers } from '../http/bulk-answer.ts';
import { EventStreams } from '../http/event-streams.ts';
import { AppEventsController } from './app-events.controller.ts';
import { UsedLimits } from '../http/used-limits.ts';
import { AppViewsController } from './app-views.controller.ts';

/** `/app/v1`: what third-party apps use. */
@Module({
  controllers: [
    AppAssociationController,
    AppConsentController,
    AppChangesController,
    AppEventsController,
    AppViewsController,
  ],
  providers: [BulkAnswers, EventStreams, UsedLimits],
})
export class AppApiModule {}
