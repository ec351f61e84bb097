import { identifierOf } from './identifier.ts';
import type { ImportItem } from './importer.ts';
import { withoutUndefined, wordsOf } from './json/json-values.ts';

/** One moment of a recording, from whatever form it was read. */
export interface ExercisePoint {
  readonly line: number;
  readonly time: string | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly elevation?: number | undefined;
  readonly speed?: number | undefined;
  readonly heading?: number | undefined;
  readonly heartRate?: number | undefined;
  readonly name?: string | undefined;
  readonly track?: string | undefined;
  readonly activity?: string | undefined;
  /** A recording indoors has moments without a place. */
  readonly placeless?: boolean;
}

/**
 * The point as `library/location` and its heart rate as `library/heart-rate`, or why there is none. Identifiers are
 * made of time and place alone, so that the same point is known from GPX, TCX and FIT.
 */
export function exercisePoint(point: ExercisePoint): readonly ImportItem[] {
  const { line, time, latitude, longitude, heartRate } = point;
  const isPlaced = latitude !== undefined && longitude !== undefined;
  const beats = heartRate !== undefined && heartRate > 0 ? heartRate : undefined;
  if ((isPlaced || !point.placeless) && !(isPlaced && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180))
    return [{ kind: 'refused', line, reason: 'The point has no latitude and longitude of the earth.' }];
  if (time === undefined) {
    const reason = 'The point has no time, so it is not where somebody was.';
    return isPlaced || beats !== undefined ? [{ kind: 'refused', line, reason }] : [];
  }
  return [
    ...(isPlaced ? [location({ ...point, latitude, longitude }, time)] : []),
    ...(beats === undefined ? [] : [heartBeats(line, time, beats)]),
  ];
}

function location(point: ExercisePoint & { latitude: number; longitude: number }, createdDate: string): ImportItem {
  const { line, latitude, longitude, elevation, speed, heading } = point;
  const coordinates = [longitude, latitude, ...(elevation === undefined ? [] : [elevation])];
  return {
    kind: 'event',
    profile: 'library/location',
    identifier: identifierOf('gpx', [createdDate, longitude, latitude]),
    createdDate,
    payload: withoutUndefined({
      geometry: { type: 'Point', coordinates },
      speed: speed !== undefined && speed >= 0 ? speed : undefined,
      heading: heading !== undefined && heading >= 0 && heading <= 360 ? heading : undefined,
      name: wordsOf(point.name, 500),
      track: wordsOf(point.track, 500),
      activity: wordsOf(point.activity, 100),
    }),
    line,
  };
}

function heartBeats(line: number, createdDate: string, value: number): ImportItem {
  return {
    kind: 'event',
    profile: 'library/heart-rate',
    identifier: identifierOf('gpx', ['heart-rate', createdDate, value]),
    createdDate,
    payload: {
      heart_rate: { value, unit: 'beats/min' },
      effective_time_frame: { date_time: createdDate },
      temporal_relationship_to_physical_activity: 'during exercise',
    },
    line,
  };
}
