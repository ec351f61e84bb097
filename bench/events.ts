/** The events of the benchmark: a position with a measured value, about 200 bytes, as a phone would send it. */
export const benchSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['latitude', 'longitude', 'activity', 'value'],
  properties: {
    latitude: { type: 'number', minimum: -90, maximum: 90 },
    longitude: { type: 'number', minimum: -180, maximum: 180 },
    accuracy: { type: 'number', minimum: 0 },
    activity: { type: 'string', enum: ['still', 'walking', 'cycling', 'driving'] },
    value: { type: 'number' },
    note: { type: 'string', maxLength: 200 },
  },
};

const activities = ['still', 'walking', 'cycling', 'driving'] as const;
const firstDate = Date.parse('2026-01-01T00:00:00.000Z');

/** The same event for the same number, so that both servers get the same data. One a minute from 2026 on. */
export function benchEvent(profile: string, number: number) {
  const spread = (number * 7919) % 100_003; // a prime step through a prime range: scattered, without repeats
  return {
    metadata: { profile, createdDate: new Date(firstDate + number * 60_000).toISOString() },
    payload: {
      latitude: (spread % 18_000) / 100 - 90,
      longitude: (spread % 36_000) / 100 - 180,
      accuracy: spread % 50,
      activity: activities[spread % activities.length],
      value: spread / 10,
      note: `measured by a phone on the way, entry ${number}`,
    },
  };
}

/** A request body of `size` events. */
export function benchBody(profile: string, first: number, size: number): string {
  return JSON.stringify({ events: Array.from({ length: size }, (_, index) => benchEvent(profile, first + index)) });
}
