import { Module } from '@nestjs/common';
import { AdminAppsController } from './admin-apps.controller.ts';
import { AdminBackupScheduleController } from './admin-backup-schedule.controller.ts';
import { AdminBackupsController } from './admin-backups.controller.ts';
import { AdminBulkController } from './admin-bulk.controller.ts';
import { AdminConsentController } from './admin-consent.controller.ts';
import { AdminEventsController } from './admin-events.controller.ts';
import { AdminIndexesController } from './admin-indexes.controller.ts';
import { AdminKeysController } from './admin-keys.controller.ts';
import { AdminNotificationsController } from './admin-notifications.controller.ts';
import { AdminPasskeysController } from './admin-passkeys.controller.ts';
import { AdminSecondFactorController } from './admin-second-factor.controller.ts';
import { AdminSessionController } from './admin-session.controller.ts';
import { AdminSetupController } from './admin-setup.controller.ts';
import { AdminSystemController } from './admin-system.controller.ts';
import { AdminViewVersionsController } from './admin-view-versions.controller.ts';
import { AdminViewsController } from './admin-views.controller.ts';
import { EventActs } from './event-acts.ts';

/** `/admin/v1`: what the owner of the keep uses. */
@Module({
  controllers: [
    AdminSessionController,
    AdminSecondFactorController,
    AdminSetupController,
    AdminPasskeysController,
    AdminAppsController,
    AdminConsentController,
    AdminBackupsController,
    AdminBackupScheduleController,
    AdminBulkController,
    AdminEventsController,
    AdminViewsController,
    AdminViewVersionsController,
    AdminIndexesController,
    AdminKeysController,
    AdminNotificationsController,
    AdminSystemController,
  ],
  providers: [EventActs],
})
export class AdminApiModule {}
