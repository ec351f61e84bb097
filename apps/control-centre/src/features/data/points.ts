import type { Event } from '../../api/operations.ts';
import { valueAt, type PlaceFields } from './fields.ts';
import type { Filter } from './filter-json.ts';

/** Where an event was, in degrees. */
export interface Point {
  readonly id: string;
  readonly at: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** The events that the filter leaves and that have a place on earth. */
export function withPlace(filter: Filter, fields: PlaceFields): Filter {
  const onEarth =
    'type' in fields
      ? { [fields.type]: { eq: 'Point' } }
      : { [fields.latitude]: { gte: -90, lte: 90 }, [fields.longitude]: { gte: -180, lte: 180 } };
  return Object.keys(filter).length === 0 ? onEarth : { and: [filter, onEarth] };
}

export function pointsOf(events: readonly Event[], fields: PlaceFields): readonly Point[] {
  return events.flatMap((event) =>
    pairsOf(event, fields).flatMap(([latitude, longitude]) =>
      isWithin(latitude, 90) && isWithin(longitude, 180)
        ? [{ id: event.id, at: event.metadata.createdDate, latitude, longitude }]
        : [],
    ),
  );
}

const isWithin = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Math.abs(value) <= most;

/** Latitude and longitude of each place; several where an array is on the way. */
function pairsOf(event: Event, fields: PlaceFields): readonly (readonly [unknown, unknown])[] {
  if ('type' in fields) {
    const found = [valueAt(event, fields.coordinates)].flat();
    const positions = Array.isArray(found[0]) ? (found as readonly unknown[][]) : [found];
    return positions.map(([longitude, latitude]) => [latitude, longitude]);
  }
  const longitudes = [valueAt(event, fields.longitude)].flat();
  return [valueAt(event, fields.latitude)].flat().map((latitude, index) => [latitude, longitudes[index]]);
}

/** What is in sight: degrees of latitude are drawn this many pixels long, those of longitude shorter by the cosine. */
export interface View {
  readonly latitude: number;
  readonly longitude: number;
  readonly pixelsPerDegree: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const radians = Math.PI / 180;
const metresPerDegree = 111_320;
const margin = 30;

/** The difference of two longitudes, the short way round. */
function eastward(from: number, to: number): number {
  return ((((to - from) % 360) + 540) % 360) - 180;
}

/** The view with every point in it. The cut through the globe is where the widest gap is, not at 180°. */
export function viewOf(points: readonly Point[], { width, height }: Size): View {
  let south = 90;
  let north = -90;
  for (const { latitude } of points) {
    south = Math.min(south, latitude);
    north = Math.max(north, latitude);
  }
  const sorted = points.map(({ longitude }) => longitude).sort((a, b) => a - b);
  let [west, widest] = [sorted[0] ?? 0, 360 - ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0))];
  for (let index = 1; index < sorted.length; index += 1) {
    const gap = sorted[index]! - sorted[index - 1]!;
    if (gap > widest) [west, widest] = [sorted[index]!, gap];
  }
  const extent = 360 - widest;
  const latitude = (south + north) / 2;
  const across = Math.max(extent * Math.cos(latitude * radians), 0.002);
  const pixelsPerDegree = Math.min(
    Math.max(width - 2 * margin, 1) / across,
    Math.max(height - 2 * margin, 1) / Math.max(north - south, 0.002),
  );
  return { latitude, longitude: eastward(0, west + extent / 2), pixelsPerDegree };
}

/** Pixels from the upper left corner. */
export function toScreen(
  { latitude, longitude }: { readonly latitude: number; readonly longitude: number },
  view: View,
  { width, height }: Size,
): readonly [number, number] {
  const east = eastward(view.longitude, longitude) * Math.cos(view.latitude * radians);
  return [width / 2 + east * view.pixelsPerDegree, height / 2 - (latitude - view.latitude) * view.pixelsPerDegree];
}

/** The view moved by that many pixels and zoomed. */
export function moved(view: View, right: number, down: number, zoom = 1): View {
  const pixelsPerDegree = Math.min(Math.max(view.pixelsPerDegree * zoom, 0.5), 5_000_000);
  const latitude = Math.min(Math.max(view.latitude - down / view.pixelsPerDegree, -89), 89);
  const longitude = view.longitude + right / view.pixelsPerDegree / Math.cos(view.latitude * radians);
  return { latitude, longitude: eastward(0, longitude), pixelsPerDegree };
}

/** A round length of at most `longest` pixels: in metres, as text, in pixels. */
export function scaleOf({ pixelsPerDegree }: View, longest = 140): { readonly text: string; readonly pixels: number } {
  const metresPerPixel = metresPerDegree / pixelsPerDegree;
  const metres = roundDown(longest * metresPerPixel);
  const text = metres >= 1000 ? `${(metres / 1000).toLocaleString()} km` : `${metres.toLocaleString()} m`;
  return { text, pixels: metres / metresPerPixel };
}

/** 1, 2 or 5 times a power of ten. */
function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = value / power;
  return power * (digit >= 5 ? 5 : digit >= 2 ? 2 : 1);
}

/** Meridians and parallels at round degrees, not too close to each other. */
export function gridOf(
  view: View,
  size: Size,
): { readonly parallels: readonly number[]; readonly meridians: readonly number[] } {
  const step = roundDown(160 / view.pixelsPerDegree);
  const halfHeight = size.height / 2 / view.pixelsPerDegree;
  const halfWidth = Math.min(size.width / 2 / view.pixelsPerDegree / Math.cos(view.latitude * radians), 180);
  return {
    parallels: steps(view.latitude - halfHeight, view.latitude + halfHeight, step).filter(
      (degrees) => Math.abs(degrees) <= 90,
    ),
    meridians: steps(view.longitude - halfWidth, view.longitude + halfWidth, step),
  };
}

function steps(from: number, to: number, step: number): readonly number[] {
  const found: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to && found.length < 200; at += 1) found.push(at * step);
  return found;
}

export function latitudeText(degrees: number, digits = 4): string {
  return `${rounded(Math.abs(degrees), digits)}° ${degrees < 0 ? 'S' : 'N'}`;
}

export function longitudeText(degrees: number, digits = 4): string {
  const around = eastward(0, degrees);
  return `${rounded(Math.abs(around), digits)}° ${around < 0 ? 'W' : 'E'}`;
}

function rounded(value: number, digits: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: digits });
}
