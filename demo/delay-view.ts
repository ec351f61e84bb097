import type { Flight } from './datasets.ts';

/** What the view answers: one number an hour, no flight. */
export interface HourOfDelay {
  readonly hour: number;
  readonly flights: number;
  readonly meanDelay: number;
}

/**
 * View code, as an admin would read and register it: pages through one day of flights (a run may read 10,000 events)
 * and answers the mean delay of each hour. `configuration` fixed the profile when the instance was made; the day comes
 * with the call.
 */
export const delayViewSource = `module.exports = async ({ configuration, clientCustomData }, keep) => {
  const from = clientCustomData.day + 'T00:00:00.000Z';
  const to = new Date(Date.parse(from) + 24 * 60 * 60 * 1000).toISOString();
  const hours = new Map();
  let cursor = null;
  do {
    const page = await keep.events.query({
      profile: configuration.profile,
      filter: { 'metadata.createdDate': { gte: from, lt: to } },
      limit: 1000,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const event of page.items) {
      const hour = new Date(event.metadata.createdDate).getUTCHours();
      const sum = hours.get(hour) ?? { flights: 0, delay: 0 };
      hours.set(hour, { flights: sum.flights + 1, delay: sum.delay + event.payload.delay });
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  console.log(hours.size + ' hours with flights');
  return [...hours]
    .sort(([a], [b]) => a - b)
    .map(([hour, sum]) => ({ hour, flights: sum.flights, meanDelay: Math.round((sum.delay / sum.flights) * 10) / 10 }));
};
`;

/** The same answer from the records themselves, to hold the view's against. */
export function delaysOf(flights: readonly Flight[], day: string): HourOfDelay[] {
  const hours = Map.groupBy(
    flights.filter((flight) => flight.metadata.createdDate?.startsWith(day)),
    (flight) => new Date(flight.metadata.createdDate ?? '').getUTCHours(),
  );
  return [...hours]
    .toSorted(([a], [b]) => a - b)
    .map(([hour, some]) => {
      const delay = some.reduce((sum, flight) => sum + flight.payload.delay, 0);
      return { hour, flights: some.length, meanDelay: Math.round((delay / some.length) * 10) / 10 };
    });
}
