import type { BulkService, ChangeFeedService, DataStorage, EventService } from '@datakeep/contracts';
import { DefaultBulkService, DefaultChangeFeedService, DefaultEventService } from '@datakeep/events';
import type { Clock, Config, Ids } from '@datakeep/kernel';
import type { RegistryParts } from './compose-registry.ts';

/** The ways to the events: one by one, in streams, and as they change. */
export interface EventServices {
  readonly events: EventService;
  readonly bulk: BulkService;
  readonly changes: ChangeFeedService;
}

export function composeEventServices(given: {
  readonly config: Config;
  readonly storage: DataStorage;
  readonly registry: RegistryParts;
  readonly clock: Clock;
  readonly ids: Ids;
}): EventServices {
  const { storage, clock, ids } = given;
  const { permissions: consent, profiles, cursors } = given.registry;
  const parts = { storage, consent, profiles, cursors, clock, ids, queryTimeoutMs: given.config.queryTimeoutMs };
  return {
    events: new DefaultEventService(parts),
    bulk: new DefaultBulkService(parts),
    changes: new DefaultChangeFeedService(parts),
  };
}
