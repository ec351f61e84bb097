import { Module } from '@nestjs/common';
import { AppAssociationController } from './app-association.controller.ts';
import { AppChangesController } from './app-changes.controller.ts';
import { AppConsentController } from './app-consent.controller.ts';
import { AppEventsController } from './app-events.controller.ts';
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
})
export class AppApiModule {}
