import type { ChangesQuery, DataStorage, NewEvent } from '@datakeep/contracts';
import { SystemClock } from '@datakeep/kernel';
import { HttpDataStorage } from '@datakeep/transport';
import { aQuery, type Place } from '../contracts/data-storage.fixture.ts';

export interface StorageAddress {
  readonly url: string;
  readonly key: string;
}

/**
 * A storage at a URL as the place of one test. The storage is the same for all tests, so each begins after the last
 * existing change, counts the events of its own profiles, and removes its events at its end.
 */
export function urlPlace({ url, key }: StorageAddress): Place {
  const sources = new Set<string>();
  const profiles = new Set<string>();
  const clock = new SystemClock();
  const connect = (): HttpDataStorage => new HttpDataStorage({ url, key, clock });
  let start: string | undefined;

  const noted = <Event extends NewEvent>(events: readonly Event[]): readonly Event[] => {
    for (const event of events) {
      sources.add(event.source);
      profiles.add(event.profile);
    }
    return events;
  };
  const open = async (): Promise<DataStorage> => {
    const remote = connect();
    const { events } = await remote.figures();
    if (start === undefined && events > 0)
      throw new Error(`The storage at ${url} holds ${events} events. The suite needs an empty one.`);
    start ??= await remote.lastChange();
    const own: Pick<DataStorage, 'append' | 'restore' | 'changes' | 'figures'> = {
      append: (batch) => remote.append(noted(batch)),
      restore: (batch) => remote.restore(noted(batch)),
      changes: (query: ChangesQuery) => remote.changes({ ...query, after: query.after ?? start! }),
      figures: async () => {
        const pages = [...profiles].map((profile) => remote.query(aQuery({ profile, limit: 1, count: true })));
        const counts = await Promise.all(pages);
        return { ...(await remote.figures()), events: counts.reduce((sum, { count = 0 }) => sum + count, 0) };
      },
    };
    return new Proxy<DataStorage>(remote, {
      get: (target, name) => {
        const value: unknown = Reflect.get(Object.hasOwn(own, name) ? own : target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  };
  const discard = async (): Promise<void> => {
    const remote = connect();
    for (const source of sources) await remote.removeBySource(source);
    await remote.close();
  };
  return { open, discard };
}
