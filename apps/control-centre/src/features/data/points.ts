import type { Event } from '../../api/operations.ts';
import { geometries, valueAt, type PlaceFields } from './fields.ts';
import type { Filter } from './filter-json.ts';

/** In degrees. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** Where an event was. */
export interface Place extends Position {
  readonly id: string;
  readonly at: string;
  /** Of a line or a ring: its positions, of which the place's own is the first. */
  readonly line?: readonly Position[];
}

/** The events that the filter leaves and that have a place on earth. */
export function withPlace(filter: Filter, fields: PlaceFields): Filter {
  const onEarth =
    'type' in fields
      ? { [fields.type]: { in: [...geometries] } }
      : { [fields.latitude]: { gte: -90, lte: 90 }, [fields.longitude]: { gte: -180, lte: 180 } };
  return Object.keys(filter).length === 0 ? onEarth : { and: [filter, onEarth] };
}

export function placesIn(events: readonly Event[], fields: PlaceFields): readonly Place[] {
  return events.flatMap((event) =>
    pathsOf(event, fields).flatMap((pairs) => {
      const line = pairs.flatMap(positionOf);
      const [first] = line;
      if (!first) return [];
      return [{ id: event.id, at: event.metadata.createdDate, ...first, ...(line.length > 1 ? { line } : {}) }];
    }),
  );
}

/** Where a place is, or each position of its line. */
export const positionsOf = (place: Place): readonly Position[] => place.line ?? [place];

function positionOf([longitude, latitude]: Pair): readonly Position[] {
  return isWithin(latitude, 90) && isWithin(longitude, 180) ? [{ latitude, longitude }] : [];
}

const isWithin = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Math.abs(value) <= most;

/** Longitude and latitude, as GeoJSON has them. */
type Pair = readonly unknown[];

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The lines in the coordinates of a GeoJSON geometry (RFC 7946): a point is one of one position. */
function linesOf(type: unknown, coordinates: unknown): readonly unknown[] {
  switch (type) {
    case 'Point':
      return [[coordinates]];
    case 'LineString':
      return [coordinates];
    case 'MultiPoint':
      return listOf(coordinates).map((position) => [position]);
    case 'MultiLineString':
    case 'Polygon':
      return listOf(coordinates);
    case 'MultiPolygon':
      return listOf(coordinates).flatMap(listOf);
    default:
      return [];
  }
}

/** The lines of an event; several geometries where an array is on the way. */
function pathsOf(event: Event, fields: PlaceFields): readonly (readonly Pair[])[] {
  if ('type' in fields) {
    const types = valueAt(event, fields.type);
    const found = valueAt(event, fields.coordinates);
    const lines = Array.isArray(types)
      ? types.flatMap((type, index) => linesOf(type, listOf(found)[index]))
      : linesOf(types, found);
    return lines.map((line) => listOf(line).map(listOf));
  }
  const longitudes = [valueAt(event, fields.longitude)].flat();
  return [valueAt(event, fields.latitude)].flat().map((latitude, index) => [[longitudes[index], latitude]]);
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

/** The view with every place in it. The cut through the globe is where the widest gap is, not at 180°. */
export function viewOf(places: readonly Place[], { width, height }: Size): View {
  const positions = places.flatMap(positionsOf);
  let south = 90;
  let north = -90;
  for (const { latitude } of positions) {
    south = Math.min(south, latitude);
    north = Math.max(north, latitude);
  }
  const sorted = Float64Array.from(positions, ({ longitude }) => longitude).sort();
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
  { latitude, longitude }: Position,
  view: View,
  { width, height }: Size,
): readonly [number, number] {
  const east = eastward(view.longitude, longitude) * Math.cos(view.latitude * radians);
  return [width / 2 + east * view.pixelsPerDegree, height / 2 - (latitude - view.latitude) * view.pixelsPerDegree];
}

/** How far a pixel is from a place, by the nearest of its line's stretches; squared. */
export function distanceTo(place: Place, x: number, y: number, view: View, size: Size): number {
  let least = Infinity;
  let [fromX, fromY] = toScreen(place, view, size);
  for (const position of positionsOf(place)) {
    const [toX, toY] = toScreen(position, view, size);
    const [right, down] = [toX - fromX, toY - fromY];
    const along = ((x - fromX) * right + (y - fromY) * down) / (right * right + down * down || 1);
    const share = Math.min(Math.max(along, 0), 1);
    least = Math.min(least, (fromX + share * right - x) ** 2 + (fromY + share * down - y) ** 2);
    [fromX, fromY] = [toX, toY];
  }
  return least;
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
