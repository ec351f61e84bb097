import { describe, expect, it } from 'vitest';
import {
  distanceTo,
  latitudeText,
  longitudeText,
  moved,
  placesIn,
  positionsOf,
  scaleOf,
  toScreen,
  viewOf,
  withPlace,
  type Place,
} from './points.ts';

const size = { width: 600, height: 400 };
const point = (latitude: number, longitude: number): Place => ({ id: '', at: '', latitude, longitude });

describe('the view of some places', () => {
  it.each([
    ['one', [point(50, 14)]],
    ['a city', [point(50.05, 14.3), point(50.1, 14.5), point(50.07, 14.4)]],
    ['two continents', [point(40.7, -74), point(-33.9, 151.2), point(50, 14)]],
    ['both sides of 180°', [point(-17, 178), point(-18, -179), point(-17.5, 179.9)]],
  ])('has each of them in it: %s', (_what, points) => {
    const view = viewOf(points, size);
    for (const each of points) {
      const [x, y] = toScreen(each, view, size);
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(size.width);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(size.height);
    }
  });

  it('is cut where nothing is, not at 180°', () => {
    const points = [point(-17, 178), point(-17, -178)];
    const view = viewOf(points, size);
    const [west, east] = points.map((each) => toScreen(each, view, size)[0]);
    expect(east! - west!).toBeCloseTo(size.width - 60, 0);
  });

  it('has north up and east to the right', () => {
    const view = viewOf([point(0, 0), point(10, 10)], size);
    const [[left, bottom], [right, top]] = [point(0, 0), point(10, 10)].map((each) => toScreen(each, view, size)) as [
      readonly [number, number],
      readonly [number, number],
    ];
    expect(right).toBeGreaterThan(left);
    expect(top).toBeLessThan(bottom);
  });

  it('moves by pixels', () => {
    const view = viewOf([point(50, 14), point(51, 15)], size);
    const [x, y] = toScreen(point(50, 14), view, size);
    const [afterX, afterY] = toScreen(point(50, 14), moved(view, 0, 10), size);
    expect([afterX, afterY]).toEqual([expect.closeTo(x, 0), expect.closeTo(y - 10, 0)]);
  });
});

describe('the scale', () => {
  it('is a round length', () => {
    expect(scaleOf({ latitude: 50, longitude: 14, pixelsPerDegree: 1000 })).toEqual({
      text: '10 km',
      pixels: expect.closeTo(89.8, 1) as number,
    });
    expect(scaleOf({ latitude: 50, longitude: 14, pixelsPerDegree: 1_000_000 }).text).toBe('10 m');
  });
});

describe('the places of an event', () => {
  const at = '2026-03-01T00:00:00.000Z';
  const linesIn = (payload: unknown, fields: Parameters<typeof placesIn>[1]) =>
    placesIn([{ id: 'e', metadata: { createdDate: at }, payload } as never], fields).map((place) =>
      positionsOf(place).map(({ latitude, longitude }) => [latitude, longitude]),
    );
  const pointsIn = (...given: Parameters<typeof linesIn>) => linesIn(...given).flat();

  it('are read from two members, of one object or of each in a list', () => {
    const fields = { latitude: 'payload.stops.latitude', longitude: 'payload.stops.longitude' };
    const stops = [
      { latitude: 50, longitude: 14 },
      { latitude: 49.2, longitude: 16.6 },
      { latitude: 91, longitude: 0 },
    ];
    expect(pointsIn({ stops: stops[0] }, fields)).toEqual([[50, 14]]);
    expect(pointsIn({ stops }, fields)).toEqual([
      [50, 14],
      [49.2, 16.6],
    ]);
  });

  it('are read from GeoJSON points, whose longitude comes first', () => {
    const fields = { type: 'payload.stops.at.type', coordinates: 'payload.stops.at.coordinates' };
    const stop = (...coordinates: unknown[]) => ({ at: { type: 'Point', coordinates } });
    expect(pointsIn({ stops: stop(14, 50, 210) }, fields)).toEqual([[50, 14]]);
    expect(pointsIn({ stops: [stop(14, 50), stop(16.6, 49.2), stop('x'), stop()] }, fields)).toEqual([
      [50, 14],
      [49.2, 16.6],
    ]);
    expect(pointsIn({ stops: null }, fields)).toEqual([]);
  });

  it.each([
    [
      'MultiPoint',
      [
        [14, 50],
        [15, 51],
      ],
      [[[50, 14]], [[51, 15]]],
    ],
    [
      'LineString',
      [
        [14, 50],
        [15, 51, 210],
        [200, 0],
      ],
      [
        [
          [50, 14],
          [51, 15],
        ],
      ],
    ],
    [
      'MultiLineString',
      [
        [
          [14, 50],
          [15, 51],
        ],
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [
        [
          [50, 14],
          [51, 15],
        ],
        [
          [2, 1],
          [4, 3],
        ],
      ],
    ],
    [
      'Polygon',
      [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
      [
        [
          [0, 0],
          [0, 1],
          [1, 1],
          [0, 0],
        ],
      ],
    ],
    [
      'MultiPolygon',
      [
        [
          [
            [0, 0],
            [1, 0],
            [0, 0],
          ],
        ],
        [
          [
            [5, 5],
            [6, 5],
            [5, 5],
          ],
        ],
      ],
      [
        [
          [0, 0],
          [0, 1],
          [0, 0],
        ],
        [
          [5, 5],
          [5, 6],
          [5, 5],
        ],
      ],
    ],
    ['LineString', 'nowhere', []],
    ['GeometryCollection', [14, 50], []],
  ])('are read from a GeoJSON %s', (type, coordinates, lines) => {
    const fields = { type: 'payload.way.type', coordinates: 'payload.way.coordinates' };
    expect(linesIn({ way: { type, coordinates } }, fields)).toEqual(lines);
  });

  it('are in the view with their lines, and near a click on any stretch of them', () => {
    const line = [
      { latitude: 50, longitude: 14 },
      { latitude: 50, longitude: 16 },
    ];
    const place: Place = { ...point(50, 14), line };
    const view = viewOf([place], size);
    const [left, y] = toScreen(line[0]!, view, size);
    const [right] = toScreen(line[1]!, view, size);
    expect([left, right]).toEqual([expect.closeTo(30, 0), expect.closeTo(570, 0)]);
    expect(distanceTo(place, 300, y + 5, view, size)).toBeCloseTo(25, 5);
    expect(distanceTo(place, right + 3, y, view, size)).toBeCloseTo(9, 5);
    expect(distanceTo(point(50, 14), left, y + 4, view, size)).toBeCloseTo(16, 5);
  });
});

describe('coordinates', () => {
  it('are told with their side', () => {
    expect([latitudeText(-33.5), longitudeText(190)]).toEqual(['33.5° S', '170° W']);
  });

  it('are asked for on earth only, beside the filter', () => {
    const fields = { latitude: 'payload.latitude', longitude: 'payload.longitude' };
    expect(withPlace({}, fields)).toEqual({
      'payload.latitude': { gte: -90, lte: 90 },
      'payload.longitude': { gte: -180, lte: 180 },
    });
    expect(withPlace({ 'payload.a': 1 }, fields)).toMatchObject({ and: [{ 'payload.a': 1 }, {}] });
    const geoJson = { type: 'payload.geometry.type', coordinates: 'payload.geometry.coordinates' };
    expect(withPlace({}, geoJson)).toEqual({
      'payload.geometry.type': { in: expect.arrayContaining(['Point', 'LineString', 'Polygon']) as string[] },
    });
  });
});
