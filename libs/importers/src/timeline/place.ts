import { listOf, membersOf, numberOf } from '../json/json-values.ts';

/** Longitude, latitude and, where it is known, height. */
export type Position = readonly [number, number] | readonly [number, number, number];

const overflow = 2 ** 32;

/**
 * A place in any of the forms of Google's exports: `geo:1.5,2.5`, `1.5°, 2.5°`, an object that has one of these as
 * `latLng`, and ten-millionths of a degree, which old exports let overflow 32 bits.
 */
export function positionOf(value: unknown): Position | undefined {
  if (typeof value === 'string') {
    const found = /^(?:geo:)?\s*(-?[\d.]+(?:e[+-]?\d+)?)°?,\s*(-?[\d.]+(?:e[+-]?\d+)?)°?/i.exec(value);
    return found ? onEarth(numberOf(found[1]), numberOf(found[2])) : undefined;
  }
  const place = membersOf(value);
  const text = place['latLng'] ?? place['LatLng'];
  if (text !== undefined) return typeof text === 'string' ? positionOf(text) : undefined;
  return (
    onEarth(degreesOf(place['latitudeE7'], 900_000_000), degreesOf(place['longitudeE7'], 1_800_000_000)) ??
    onEarth(degreesOf(place['latE7'], 900_000_000), degreesOf(place['lngE7'], 1_800_000_000)) ??
    onEarth(degreesOf(place['centerLatE7'], 900_000_000), degreesOf(place['centerLngE7'], 1_800_000_000))
  );
}

export const positionsOf = (values: unknown): readonly Position[] =>
  listOf(values).flatMap((value) => {
    const position = positionOf(value);
    return position ? [position] : [];
  });

function degreesOf(value: unknown, most: number): number | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : (number > most ? number - overflow : number) / 10_000_000;
}

function onEarth(latitude: number | undefined, longitude: number | undefined): Position | undefined {
  if (latitude === undefined || longitude === undefined) return undefined;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [longitude, latitude] : undefined;
}
