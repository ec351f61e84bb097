import { identifierOf } from '../identifier.ts';
import type { Made } from '../importer.ts';
import { withoutUndefined, numberOf, wordsOf } from '../json/json-values.ts';
import type { Position } from './place.ts';

interface Interval {
  readonly start: string | undefined;
  readonly end: string | undefined;
}

const mostPositions = 10_000;
const noTimes = 'it has no begin and end that are times.';

export interface VisitParts extends Interval {
  readonly position: Position | undefined;
  readonly name?: unknown;
  readonly address?: unknown;
  readonly type: unknown;
  readonly placeId: unknown;
  readonly confidence: number | undefined;
}

export function visit({ start, end, position, name, address, type, placeId, confidence }: VisitParts): Made {
  if (start === undefined || end === undefined) return noTimes;
  if (!position) return 'the visit has no place on the earth.';
  const id = wordsOf(placeId, 500);
  const payload = withoutUndefined({
    geometry: { type: 'Point', coordinates: position },
    name: wordsOf(name, 500),
    address: wordsOf(address, 1000),
    start,
    end,
    kind: kindOf(type),
    placeId: id,
    confidence: fraction(confidence),
  });
  const identifier = identifierOf('timeline', ['visit', start, id ?? position]);
  return { profile: 'library/place-visit', identifier, createdDate: start, payload };
}

export interface WayParts extends Interval {
  readonly positions: readonly Position[];
  readonly type: unknown;
  readonly distance: unknown;
  readonly confidence: number | undefined;
}

export function way({ start, end, positions, type, distance, confidence }: WayParts): Made {
  if (start === undefined || end === undefined) return noTimes;
  if (positions.length < 2) return 'the way has less than two places on the earth.';
  const metres = numberOf(distance);
  const payload = withoutUndefined({
    geometry: { type: 'LineString', coordinates: positions.slice(0, mostPositions) },
    start,
    end,
    activity: kindOf(type),
    distance: metres !== undefined && metres >= 0 ? metres : undefined,
    confidence: fraction(confidence),
  });
  const identifier = identifierOf('timeline', ['way', start, positions[0]]);
  return { profile: 'library/track', identifier, createdDate: start, payload };
}

export interface PointParts {
  readonly time: string | undefined;
  readonly position: Position | undefined;
  readonly height?: unknown;
  readonly accuracy?: unknown;
  readonly speed?: unknown;
  readonly heading?: unknown;
  readonly device?: unknown;
}

export function point({ time, position, ...measured }: PointParts): Made {
  if (time === undefined) return 'the point has no time.';
  if (!position) return 'the point has no latitude and longitude of the earth.';
  const [height, accuracy, speed, heading] = [
    numberOf(measured.height),
    numberOf(measured.accuracy),
    numberOf(measured.speed),
    numberOf(measured.heading),
  ];
  const payload = withoutUndefined({
    geometry: { type: 'Point', coordinates: height === undefined ? position : [...position, height] },
    accuracy: accuracy !== undefined && accuracy >= 0 ? accuracy : undefined,
    speed: speed !== undefined && speed >= 0 ? speed : undefined,
    heading: heading !== undefined && heading >= 0 && heading <= 360 ? heading : undefined,
    device: numberOf(measured.device)?.toString(),
  });
  const identifier = identifierOf('timeline', ['point', time, position]);
  return { profile: 'library/location', identifier, createdDate: time, payload };
}

/** `INFERRED_HOME`, `TYPE_HOME` and `Home` are `home`. */
function kindOf(type: unknown): string | undefined {
  const words = wordsOf(type, 100)
    ?.toLowerCase()
    .replaceAll('_', ' ')
    .replace(/^(type|inferred) /, '');
  return words === undefined || /^unknown\b|\bunknown$/.test(words) ? undefined : words;
}

const fraction = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.min(1, Math.max(0, value));
