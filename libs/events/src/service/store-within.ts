import type { AppendResult, Caller, DataStorage, EventQuery, KeepEvent, NewEvent } from '@datakeep/contracts';
import { beforeWriting, DatakeepError } from '@datakeep/kernel';
import { fairnessKeyOf, sourceOf } from './rights.ts';
import { sizeOf, type StoredQuota } from './stored-quota.ts';

interface QuotaStorage {
  readonly storage: DataStorage;
  readonly quota: StoredQuota;
}

/** Identifiers that are looked up at once. */
const step = 200;

const known: Omit<EventQuery, 'profile' | 'filter' | 'fairnessKey'> = {
  sort: [{ field: 'metadata.createdDate', direction: 'ascending' }],
  kinds: { 'metadata.createdDate': 'date', 'metadata.source': 'string', 'metadata.identifier': 'string' },
  arrays: [],
  fields: [],
  limit: step,
  timeoutMs: 5000,
};

/**
 * Stores a caller's events within its limits. What is stored already under its identifier adds nothing: it is looked
 * for only where all of the list would not fit, so that an app which has as much as it may can send the same again.
 */
export async function storeWithin(
  { storage, quota }: QuotaStorage,
  caller: Caller,
  events: readonly NewEvent[],
): Promise<AppendResult[]> {
  const source = sourceOf(caller);
  const append = (): Promise<AppendResult[]> => storage.append(events);
  try {
    return await quota.within(caller, source, sizeOf(events), append);
  } catch (error) {
    if (DatakeepError.from(error)?.code !== 'app-limit-reached') throw error;
    const added = await beforeWriting(unknownOf(storage, caller, events));
    if (added.length === events.length) throw error;
    return quota.within(caller, source, sizeOf(added), append);
  }
}

/** Those that `append` would add: without an identifier, or the first with one that is not there yet. */
async function unknownOf(storage: DataStorage, caller: Caller, events: readonly NewEvent[]): Promise<NewEvent[]> {
  const added = events.filter(({ identifier }) => identifier === undefined);
  for (const [profile, ofProfile] of Map.groupBy(events, (event) => event.profile)) {
    const firsts = new Map<string, NewEvent>();
    for (const event of ofProfile)
      if (event.identifier !== undefined && !firsts.has(event.identifier)) firsts.set(event.identifier, event);
    const identifiers = [...firsts.keys()];
    for (let at = 0; at < identifiers.length; at += step) {
      const values = identifiers.slice(at, at + step);
      const { itemsJson } = await storage.query({
        ...known,
        profile,
        filter: {
          node: 'and',
          children: [
            { node: 'eq', field: 'metadata.source', value: sourceOf(caller) },
            { node: 'in', field: 'metadata.identifier', values },
          ],
        },
        fairnessKey: fairnessKeyOf(caller),
      });
      for (const { metadata } of JSON.parse(itemsJson) as KeepEvent[]) firsts.delete(metadata.identifier ?? '');
    }
    added.push(...firsts.values());
  }
  return added;
}
