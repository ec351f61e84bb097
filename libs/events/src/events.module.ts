import { type DynamicModule, Module } from '@nestjs/common';
import {
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

/** Provides the ways to the events to the whole application: one by one, in streams, and as they change. */
@Module({})
export class EventsModule {
  static forRoot({ queryTimeoutMs }: Pick<Config, 'queryTimeoutMs'>): DynamicModule {
    const shared = { storage: DATA_STORAGE, consent: CONSENT, profiles: PROFILES, clock: CLOCK };
    return {
      module: EventsModule,
      global: true,
      providers: [
        {
          provide: CURSORS,
          inject: [CURSOR_KEYS, CLOCK],
          useFactory: (keys: readonly Buffer[], clock: Clock) => new EncryptedCursorSealer(keys, clock),
        },
        provideWith(EVENT_SERVICE, DefaultEventService, { ...shared, cursors: CURSORS, ids: IDS }, { queryTimeoutMs }),
        provideWith(BULK_SERVICE, DefaultBulkService, { ...shared, ids: IDS }, { queryTimeoutMs }),
        provideWith(CHANGE_FEED_SERVICE, DefaultChangeFeedService, { ...shared, cursors: CURSORS }, { queryTimeoutMs }),
      ],
      exports: [CURSORS, EVENT_SERVICE, BULK_SERVICE, CHANGE_FEED_SERVICE],
    };
  }
}
