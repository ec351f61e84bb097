import type { KeepEvent } from '@datakeep/client';
import { hour } from '../day.ts';
import {
  type Asked,
  began,
  type Content,
  eventsOf,
  type Fix,
  type LaneKind,
  type Position,
  reaching,
  within,
} from '../lane-kind.ts';

const [visit, track, location] = ['library/place-visit', 'library/track', 'library/location'];
/** Of a day with more points than this, one a minute is read. */
const mostPoints = 5000;
/** A keep takes at most so many values of `in`. */
const atOnce = 200;

interface Visit {
  readonly geometry: { readonly coordinates: Position };
  readonly name?: string;
  readonly kind?: string;
  readonly start: string;
  readonly end: string;
}
interface Track {
  readonly geometry: { readonly coordinates: readonly Position[] };
  readonly activity?: string;
  readonly start: string;
  readonly end: string;
}
interface Point {
  readonly geometry: { readonly coordinates: Position };
}

export const places: LaneKind = {
  id: 'places',
  title: 'Places',
  profiles: { [visit]: 'visits', [track]: 'tracks', [location]: 'points' },
  message: 'To draw the map of your day',
  async load(asked): Promise<Content> {
    const before = 24 * hour;
    const [visits, tracks, points] = await Promise.all([
      eventsOf<Visit>(asked, visit, { before }),
      eventsOf<Track>(asked, track, { before }),
      pointsOf(asked),
    ]);
    const stays = visits.map((event) => ({ ...timesOf(event), name: nameOf(event), event }));
    const ways = tracks.map((event) => ({ ...timesOf(event), event }));
    return {
      spans: [
        ...reaching(asked.day, stays).map(({ from, to, name, event }) => ({ from, to, label: name, row: 0, event })),
        ...reaching(asked.day, ways).map(({ from, to, event }) => ({
          from,
          to,
          label: event.payload.activity ?? 'on the way',
          row: 1,
          event,
        })),
      ],
      stays: reaching(asked.day, stays).map(({ event, ...stay }) => ({
        ...stay,
        position: event.payload.geometry.coordinates,
      })),
      ways: [...reaching(asked.day, ways).map(fixesOf), ...pieces(points.fixes)],
      ...(points.left > 0 ? { remark: `Of ${points.all.toLocaleString()} points, one a minute is drawn.` } : {}),
    };
  },
};

const timesOf = ({ payload }: KeepEvent<Visit | Track>): { from: number; to: number } => ({
  from: Date.parse(payload.start),
  to: Date.parse(payload.end),
});
const nameOf = ({ payload }: KeepEvent<Visit>): string => payload.name ?? payload.kind ?? 'a place';

/** A track says when it began and ended; what lies between is spread evenly. */
function fixesOf({ from, to, event }: { from: number; to: number; event: KeepEvent<Track> }): readonly Fix[] {
  const line = event.payload.geometry.coordinates;
  return line.map((position, index) => ({ at: from + ((to - from) * index) / (line.length - 1), position }));
}

/** Apart where nothing was measured for a quarter of an hour. */
function pieces(fixes: readonly Fix[]): readonly (readonly Fix[])[] {
  const all: Fix[][] = [];
  for (const fix of fixes) {
    const last = all.at(-1)?.at(-1);
    if (last === undefined || fix.at - last.at > hour / 4) all.push([]);
    all.at(-1)!.push(fix);
  }
  return all;
}

async function pointsOf(asked: Asked): Promise<{ fixes: readonly Fix[]; all: number; left: number }> {
  const { keep, day, may, signal } = asked;
  if (!may.has(location)) return { fixes: [], all: 0, left: 0 };
  const filter = within(day);
  const { groups } = await keep.events.aggregate({
    profile: location,
    filter,
    groupBy: [{ field: 'metadata.createdDate', interval: 'minute' }],
    measures: { points: { op: 'count' }, one: { op: 'min', field: 'metadata.identifier' } },
    signal,
  });
  const all = groups.reduce((sum, { points }) => sum + Number(points), 0);
  const asFix = (event: KeepEvent<Point>): Fix => ({ at: began(event), position: event.payload.geometry.coordinates });
  if (all <= mostPoints) {
    const points = await eventsOf<Point>(asked, location, { limit: mostPoints });
    return { fixes: points.map(asFix), all, left: 0 };
  }
  const fixes: Fix[] = [];
  const chosen = groups.flatMap(({ one }) => (typeof one === 'string' ? [one] : []));
  for (let at = 0; at < chosen.length; at += atOnce) {
    const these = { ...filter, 'metadata.identifier': { in: chosen.slice(at, at + atOnce) } };
    const page = keep.events.query<Point>({ profile: location, filter: these, pageSize: 1000, limit: 1000, signal });
    fixes.push(...(await page.toArray()).map(asFix));
  }
  return { fixes: fixes.sort((one, other) => one.at - other.at), all, left: all - fixes.length };
}
