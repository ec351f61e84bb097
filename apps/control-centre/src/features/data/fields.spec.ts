import { describe, expect, it } from 'vitest';
import type { Event } from '../../api/operations.ts';
import { payloadFields, placesOf, valueAt } from './fields.ts';
import { restOf } from './rest-of-payload.ts';

const event = (payload: Event['payload']): Event => ({
  id: '0'.repeat(24),
  metadata: {
    profile: 'p',
    source: '1'.repeat(24),
    createdDate: '2026-01-01T00:00:00.000Z',
    acceptedDate: '2026-01-01T00:00:00.000Z',
    version: 1,
  },
  payload,
});

const short = (schema: unknown, events: readonly Event[] = []): string[] =>
  payloadFields(schema, events).map(({ label, kind, sortable }) => `${label} ${kind}${sortable ? ' sortable' : ''}`);

describe('the fields of a schema', () => {
  it('are its scalars by their dotted paths, in its order', () => {
    const schema = {
      properties: {
        activity: { enum: ['walking', 'running'] },
        place: { type: 'object', properties: { city: { type: 'string' }, latitude: { type: ['number', 'null'] } } },
        done: { type: 'boolean' },
      },
    };
    expect(short(schema)).toEqual([
      'activity string sortable',
      'place.city string sortable',
      'place.latitude number sortable',
      'done boolean sortable',
    ]);
    expect(payloadFields(schema, [])[0]!.choices).toEqual(['walking', 'running']);
  });

  it('are not sorted by where an array or several types may stand', () => {
    expect(
      short({
        properties: {
          tags: { type: 'array', items: { type: 'string' } },
          stops: { type: 'array', items: { type: 'object', properties: { minutes: { type: 'integer' } } } },
          any: {},
          mixed: { type: ['string', 'number'] },
        },
      }),
    ).toEqual(['tags string', 'stops.minutes number', 'any any', 'mixed any']);
  });

  it('are found through references, combinations and branches', () => {
    expect(
      short({
        $defs: { place: { type: 'object', properties: { city: { type: 'string' } } } },
        allOf: [{ properties: { place: { $ref: '#/$defs/place' } } }],
        oneOf: [{ properties: { a: { type: 'number' } } }, { properties: { b: { type: 'string' } } }],
      }),
    ).toEqual(['place.city string sortable', 'a number', 'b string']);
  });

  it('end, in a schema that refers to itself', () => {
    const schema = { properties: { name: { type: 'string' }, child: { $ref: '#' } } };
    const fields = payloadFields(schema, []);
    expect(fields.length).toBeLessThanOrEqual(300);
    expect(fields[0]!.label).toBe('name');
  });

  it('leave out what the query language cannot address', () => {
    expect(
      short({ properties: { 'a.b': { type: 'string' }, $c: { type: 'string' }, '': {}, d: { type: 'string' } } }),
    ).toEqual(['d string sortable']);
  });

  it('are followed by those that only the events have, which nothing is sorted by', () => {
    expect(
      short({ properties: { a: { type: 'string' } } }, [event({ a: 'x', b: { c: 1 } }), event({ d: [true] })]),
    ).toEqual(['a string sortable', 'b.c number', 'd boolean']);
  });
});

describe('a value at a path', () => {
  it('is that of each element where the path meets an array', () => {
    const walk = event({ stops: [{ city: 'Brno' }, { minutes: 3 }, { city: null }], place: { city: 'Praha' } });
    expect(valueAt(walk, 'payload.place.city')).toBe('Praha');
    expect(valueAt(walk, 'payload.stops.city')).toEqual(['Brno', null]);
    expect(valueAt(walk, 'payload.nothing.there')).toBeUndefined();
    expect(valueAt(walk, 'payload.constructor.name')).toBeUndefined();
    expect(valueAt(walk, 'metadata.version')).toBe(1);
  });
});

describe('what no field holds', () => {
  it('is told, with arrays on the way whole', () => {
    const fields = payloadFields(
      {
        properties: {
          a: { type: 'string' },
          b: { type: 'object', properties: { c: { type: 'number' } } },
          stops: { type: 'array', items: { type: 'object', properties: { city: { type: 'string' } } } },
        },
      },
      [],
    );
    expect(restOf({ a: 'x', b: { c: 1 } }, fields)).toBeUndefined();
    expect(restOf({ a: 'x', b: { c: 1, d: 2 }, 'e.f': 3, stops: [{ city: 'Brno' }] }, fields)).toEqual({
      b: { d: 2 },
      'e.f': 3,
      stops: [{ city: 'Brno' }],
    });
  });
});

describe('places', () => {
  it('are latitude and longitude of one object, at any depth', () => {
    const fields = payloadFields(
      {
        properties: {
          latitude: { type: 'number' },
          longitude: { type: 'number' },
          place: { type: 'object', properties: { latitude: { type: 'number' }, longitude: { type: 'number' } } },
          lost: { type: 'object', properties: { latitude: { type: 'number' } } },
          words: { type: 'object', properties: { latitude: { type: 'string' }, longitude: { type: 'string' } } },
        },
      },
      [],
    );
    expect(placesOf(fields)).toEqual([
      { latitude: 'payload.latitude', longitude: 'payload.longitude' },
      { latitude: 'payload.place.latitude', longitude: 'payload.place.longitude' },
    ]);
  });

  it('are GeoJSON geometries, told by a schema or by the events', () => {
    const geometry = (type: string) => ({
      type: 'object',
      properties: { type: { const: type }, coordinates: { type: 'array', prefixItems: [{ type: 'number' }] } },
    });
    const properties = { geometry: geometry('Point'), way: geometry('LineString'), other: geometry('Feature') };
    const schema = { properties };
    const point = { type: 'Point', coordinates: [14.4, 50.1] };
    const sent = event({ ...point, geometry: point, seen: { at: point } });
    expect(placesOf(payloadFields(schema, [sent]))).toEqual([
      { type: 'payload.geometry.type', coordinates: 'payload.geometry.coordinates' },
      { type: 'payload.way.type', coordinates: 'payload.way.coordinates' },
      { type: 'payload.type', coordinates: 'payload.coordinates' },
      { type: 'payload.seen.at.type', coordinates: 'payload.seen.at.coordinates' },
    ]);
  });
});
