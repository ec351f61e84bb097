import type { RestoredEvent } from '@datakeep/contracts';
import type { Names } from '../names.ts';
import type { StatementCache } from './statement-cache.ts';

export interface StoredTask {
  /** An id; empty: from the first event on. */
  readonly after: string;
  readonly maxEvents: number;
  readonly maxUnits: number;
}

type Row = readonly [
  id: string,
  profile: number,
  source: number,
  created: number,
  accepted: number,
  version: number,
  modifiedBy: number | null,
  identifier: string | null,
  digest: string | null,
  payload: string,
];

const columns = 'id, profile, source, created, accepted, version, modified_by, identifier, digest, payload';

/** A page of `EventTransfer.stored`. */
export function storedEvents(
  cache: StatementCache,
  profiles: Names,
  sources: Names,
  { after, maxEvents, maxUnits }: StoredTask,
): readonly RestoredEvent[] {
  const statement = cache.get(`SELECT ${columns} FROM events WHERE id > ? ORDER BY id LIMIT ?`);
  const events: RestoredEvent[] = [];
  let units = 0;
  for (const row of statement.iterate(after, maxEvents) as unknown as Iterable<Row>) {
    const [id, profile, source, createdAt, acceptedAt, version, modifiedBy, identifier, digest, payload] = row;
    events.push({
      id,
      profile: profiles.name(profile),
      source: sources.name(source),
      createdAt,
      acceptedAt,
      version,
      modifiedBy: modifiedBy === null ? undefined : sources.name(modifiedBy),
      identifier: identifier ?? undefined,
      digest: digest ?? undefined,
      payload,
    });
    units += payload.length;
    if (units >= maxUnits) break;
  }
  return events;
}
