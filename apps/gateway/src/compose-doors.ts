import type { BulkDoor, ChangeDoor, DataStorage, EventDoor } from '@datakeep/contracts';
import { DefaultBulkDoor, DefaultChangeDoor, DefaultEventDoor } from '@datakeep/events';
import type { Clock, Config, Ids } from '@datakeep/kernel';
import type { RegistryParts } from './compose-registry.ts';

/** The ways to the events: one by one, in streams, and as they change. */
export interface EventDoors {
  readonly door: EventDoor;
  readonly bulk: BulkDoor;
  readonly changes: ChangeDoor;
}

export function composeDoors(given: {
  readonly config: Config;
  readonly storage: DataStorage;
  readonly registry: RegistryParts;
  readonly clock: Clock;
  readonly ids: Ids;
}): EventDoors {
  const { storage, clock, ids } = given;
  const { permissions: consent, profiles, cursors } = given.registry;
  const parts = { storage, consent, profiles, cursors, clock, ids, queryTimeoutMs: given.config.queryTimeoutMs };
  return { door: new DefaultEventDoor(parts), bulk: new DefaultBulkDoor(parts), changes: new DefaultChangeDoor(parts) };
}
