import { type DynamicModule, Module } from '@nestjs/common';
import {
  APP_LIMIT_DIRECTORY,
  BULK_SERVICE,
  CHANGE_FEED_SERVICE,
  CONSENT,
  CURSOR_KEYS,
  CURSORS,
  DATA_STORAGE,
  EVENT_SERVICE,
  PROFILES,
} from '@datakeep/contracts';
import { type Clock, CLOCK, type Config, IDS, provideWith } from '@datakeep/kernel';
import { DefaultBulkService } from './bulk/bulk-service.ts';
import { DefaultChangeFeedService } from './changes/change-feed-service.ts';
import { EncryptedCursorSealer } from './service/cursor-sealer.ts';
import { DefaultEventService } from './service/event-service.ts';
import { RowQuota } from './service/row-quota.ts';
import { StoredQuota } from './service/stored-quota.ts';

/** Provides the ways to the events to the whole application: one by one, in streams, and as they change. */
@Module({})
export class EventsModule {
  static forRoot({ queryTimeoutMs }: Pick<Config, 'queryTimeoutMs'>): DynamicModule {
    const shared = { storage: DATA_STORAGE, consent: CONSENT, profiles: PROFILES, clock: CLOCK };
    const reading = { ...shared, rows: RowQuota, cursors: CURSORS };
    const writing = { ...shared, ids: IDS, quota: StoredQuota };
    return {
      module: EventsModule,
      global: true,
      providers: [
        {
          provide: CURSORS,
          inject: [CURSOR_KEYS, CLOCK],
          useFactory: (keys: () => readonly Buffer[], clock: Clock) => new EncryptedCursorSealer(keys, clock),
        },
        provideWith(StoredQuota, StoredQuota, { storage: DATA_STORAGE, limits: APP_LIMIT_DIRECTORY, clock: CLOCK }),
        provideWith(RowQuota, RowQuota, { limits: APP_LIMIT_DIRECTORY, clock: CLOCK }),
        provideWith(EVENT_SERVICE, DefaultEventService, { ...writing, ...reading }, { queryTimeoutMs }),
        provideWith(BULK_SERVICE, DefaultBulkService, writing, { queryTimeoutMs }),
        provideWith(CHANGE_FEED_SERVICE, DefaultChangeFeedService, reading, { queryTimeoutMs }),
      ],
      exports: [CURSORS, RowQuota, EVENT_SERVICE, BULK_SERVICE, CHANGE_FEED_SERVICE],
    };
  }
}
