import { describe, expect, test } from 'vitest';
import { ImportFault, type ImportItem } from '../importer.ts';
import { recognise } from '../importers.ts';
import { itemsOf, sourceOf, zipOf } from '../testing.ts';
import { readTimeline } from './timeline.ts';

const read = (content: unknown): Promise<ImportItem[]> =>
  itemsOf(readTimeline(sourceOf(typeof content === 'string' ? content : JSON.stringify(content, undefined, 1))));
const kindOf = (content: unknown): Promise<string> =>
  recognise(sourceOf(typeof content === 'string' ? content : JSON.stringify(content)));
const times = { startTime: '2026-03-01T11:00:00.000+01:00', endTime: '2026-03-01T12:00:00.000+01:00' };

const android = {
  semanticSegments: [
    {
      ...times,
      timelinePath: [{ point: '52.5°, 13.4°', time: '2026-03-01T11:14:00.000+01:00' }],
    },
    {
      ...times,
      visit: {
        hierarchyLevel: 0,
        probability: 0.78,
        topCandidate: {
          placeId: 'ChIJ1',
          semanticType: 'INFERRED_HOME',
          probability: 0.9,
          placeLocation: { latLng: '52.5°, 13.4°' },
        },
      },
    },
    {
      ...times,
      activity: {
        start: { latLng: '52.5°, 13.4°' },
        end: { latLng: '-52.6°, -13.5°' },
        distanceMeters: 1200.5,
        topCandidate: { type: 'IN_PASSENGER_VEHICLE', probability: 0.5 },
      },
    },
    { ...times, timelineMemory: { trip: { distanceFromOriginKms: 3 } } },
  ],
  rawSignals: [
    {
      position: {
        LatLng: '52.5°, 13.4°',
        accuracyMeters: 13,
        altitudeMeters: 90,
        source: 'WIFI',
        timestamp: '2026-03-01T10:30:00.000Z',
        speedMetersPerSecond: 0.5,
      },
    },
    { wifiScan: { deliveryTime: '2026-03-01T10:30:00Z', devicesRecords: [] } },
  ],
  userLocationProfile: { frequentPlaces: [{ placeId: 'ChIJ1', placeLocation: '52.5°, 13.4°', label: 'HOME' }] },
};

const place = { type: 'Point', coordinates: [13.4, 52.5] };
const visited = {
  kind: 'event',
  profile: 'library/place-visit',
  identifier: expect.stringMatching(/^timeline:[\w-]{43}$/),
  createdDate: '2026-03-01T10:00:00.000Z',
  payload: {
    geometry: place,
    start: '2026-03-01T10:00:00.000Z',
    end: '2026-03-01T11:00:00.000Z',
    kind: 'home',
    placeId: 'ChIJ1',
    confidence: 0.9,
  },
};

describe('a Timeline that a phone exported', () => {
  test('is visits, ways and points, with what has no place counted', async () => {
    expect(await kindOf(android)).toBe('timeline');
    expect(await read(android)).toMatchObject([
      { profile: 'library/location', createdDate: '2026-03-01T10:14:00.000Z', payload: { geometry: place }, line: 3 },
      visited,
      {
        profile: 'library/track',
        payload: {
          geometry: {
            type: 'LineString',
            coordinates: [
              [13.4, 52.5],
              [-13.5, -52.6],
            ],
          },
          activity: 'in passenger vehicle',
          distance: 1200.5,
          confidence: 0.5,
        },
      },
      {
        createdDate: '2026-03-01T10:30:00.000Z',
        payload: { geometry: { type: 'Point', coordinates: [13.4, 52.5, 90] }, accuracy: 13, speed: 0.5 },
      },
      { kind: 'note', text: '1 of timelineMemory left out: it has no place.' },
      { kind: 'note', text: '1 of wifiScan left out: it has no place.' },
    ]);
  });

  test('is the same events from an iPhone, which writes numbers as texts and minutes since the begin', async () => {
    const ios = [
      { ...times, timelinePath: [{ point: 'geo:52.5,13.4', durationMinutesOffsetFromStartTime: '14' }] },
      {
        ...times,
        visit: {
          hierarchyLevel: '0',
          topCandidate: {
            probability: '0.900000',
            semanticType: 'Home',
            placeID: 'ChIJ1',
            placeLocation: 'geo:52.5,13.4',
          },
        },
      },
      {
        ...times,
        activity: {
          start: 'geo:52.5,13.4',
          end: 'geo:-52.6,-13.5',
          distanceMeters: '1200.500000',
          topCandidate: { type: 'in passenger vehicle', probability: '0.500000' },
        },
      },
    ];
    expect(await kindOf(ios)).toBe('timeline');
    const events = (items: ImportItem[]): unknown[] =>
      items.flatMap((item) => (item.kind === 'event' ? [[item.identifier, item.payload]] : []));
    expect(events(await read(ios))).toEqual(events(await read(android)).slice(0, 3));
  });

  test('is read but for elements with a fault, which are refused with line, place and reason', async () => {
    const faulty = [
      { ...times, visit: { topCandidate: { placeLocation: 'geo:' } } },
      { startTime: 'once', visit: { topCandidate: { placeLocation: 'geo:52.5,13.4' } } },
      { ...times, activity: { start: 'geo:91,0', end: 'geo:1,2' } },
      { ...times, timelinePath: [{ point: 'geo:1,2' }, { point: 'geo:1,2', durationMinutesOffsetFromStartTime: '1' }] },
      'segment',
      { ...times, visit: { topCandidate: { placeLocation: 'geo:52.5,13.4', semanticType: 'Unknown' } } },
    ];
    const items = await read(faulty);
    expect(items.map((item) => ('reason' in item ? item.reason : item.kind))).toEqual([
      '[0]: the visit has no place on the earth.',
      '[1]: it has no begin and end that are times.',
      '[2]: the way has less than two places on the earth.',
      '[3]: the point has no time.',
      'event',
      'event',
      'note',
    ]);
    expect(items[1]).toMatchObject({ line: 11 });
    expect(items[5]).not.toHaveProperty('payload.kind');
  });

  test('has places near the equator and Greenwich, which are written with exponents', async () => {
    const path = ['51.5°, -5.0E-4°', 'geo:1e-4,2'].map((point) => ({ point, time: times.startTime }));
    expect(await read([{ ...times, timelinePath: path }])).toMatchObject([
      { payload: { geometry: { coordinates: [-0.0005, 51.5] } } },
      { payload: { geometry: { coordinates: [2, 0.0001] } } },
    ]);
  });

  test('that was cut is read up to there', async () => {
    const text = JSON.stringify(android);
    const items = await read(text.slice(0, text.indexOf('IN_PASSENGER')));
    expect(items.map(({ kind }) => kind)).toEqual(['event', 'event', 'refused']);
  });
});

describe('a Timeline of Takeout', () => {
  const duration = { startTimestamp: '2026-03-01T10:00:00Z', endTimestampMs: '1772362800000' };
  const at = { latitudeE7: 525_000_000, longitudeE7: 134_000_000 };

  test('is visits, also those within another and those whose place lies beside them, and ways', async () => {
    const semantic = {
      timelineObjects: [
        {
          placeVisit: {
            location: {
              ...at,
              placeId: 'ChIJ1',
              name: 'Home',
              address: 'Street 1\n12345 Town',
              semanticType: 'TYPE_HOME',
              locationConfidence: 90,
            },
            duration,
            childVisits: [
              { location: { placeId: 'ChIJ2' }, centerLatE7: 525_000_000, centerLngE7: 134_000_000, duration },
            ],
          },
        },
        {
          activitySegment: {
            startLocation: at,
            endLocation: { latitudeE7: 526_000_000, longitudeE7: 135_000_000 },
            duration,
            distance: 900,
            activityType: 'WALKING',
            activities: [{ activityType: 'WALKING', probability: 75 }],
            waypointPath: { waypoints: [{ latE7: 525_500_000, lngE7: 134_500_000 }] },
          },
        },
      ],
    };
    expect(await kindOf(semantic)).toBe('timeline');
    expect(await read(semantic)).toMatchObject([
      { ...visited, payload: { ...visited.payload, name: 'Home', address: 'Street 1, 12345 Town' } },
      { payload: { geometry: place, placeId: 'ChIJ2' } },
      {
        payload: {
          geometry: {
            coordinates: [
              [13.4, 52.5],
              [13.45, 52.55],
              [13.5, 52.6],
            ],
          },
          activity: 'walking',
          distance: 900,
          confidence: 0.75,
        },
      },
    ]);
  });

  test('is points of Records.json, of which old ones tell milliseconds and let degrees overflow', async () => {
    const records = {
      locations: [
        { timestampMs: '1772362800000', ...at, accuracy: 20, velocity: -1, heading: 400, deviceTag: -12_345 },
        { timestamp: '2026-03-01T10:00:00.123456Z', latitudeE7: 4_000_000_000, longitudeE7: 3_000_000_000 },
        { timestamp: '2026-03-01T10:00:00Z', source: 'CELL' },
      ],
    };
    expect(await kindOf(records)).toBe('timeline');
    const items = await read(records);
    expect(items).toMatchObject([
      { createdDate: '2026-03-01T11:00:00.000Z', payload: { geometry: place, accuracy: 20, device: '-12345' } },
      {
        createdDate: '2026-03-01T10:00:00.123Z',
        payload: { geometry: { coordinates: [expect.closeTo(-129.4967, 3), expect.closeTo(-29.4967, 3)] } },
      },
      { kind: 'refused', reason: expect.stringContaining('locations[2]: the point has no latitude') },
    ]);
    expect(items[0]).not.toHaveProperty('payload.speed');
  });

  test('is read from its archive, in folders of any language, beside files that say nothing of it', async () => {
    const json = (content: unknown): string => JSON.stringify(content);
    const visit = { placeVisit: { location: { ...at, placeId: 'ChIJ1' }, duration } };
    const point = { timestamp: '2026-03-01T10:00:00Z', ...at };
    const folder = 'Takeout/Standortverlauf (Zeitachse)';
    const source = sourceOf(
      zipOf([
        { name: 'Takeout/archive_browser.html', content: '<html>' },
        { name: `${folder}/Settings.json`, content: '{"hasReportedLocations":true,"deviceSettings":[]}' },
        { name: `${folder}/Records.json`, content: json({ locations: [point, { ...point, timestamp: 'once' }] }) },
        {
          name: `${folder}/Semantic Location History/2026/2026_MARCH.json`,
          content: json({ timelineObjects: [visit] }),
        },
        { name: `${folder}/Semantic Location History/2026/2026_APRIL.json`, content: '{"timelineObjects":[]]' },
        { name: 'Takeout/Fotos/1.json', content: json({ title: '1.jpg', description: '' }) },
      ]),
      'takeout.zip',
      1000,
    );
    expect(await recognise(source)).toBe('timeline');
    expect(await itemsOf(readTimeline(source))).toMatchObject([
      { profile: 'library/location', payload: { geometry: place } },
      { kind: 'refused', reason: expect.stringContaining('Records.json: locations[1]: the point has no time') },
      { profile: 'library/place-visit', payload: { placeId: 'ChIJ1' } },
      { kind: 'refused', reason: expect.stringContaining('2026_APRIL.json: line 1: this is no JSON') },
    ]);
  });

  test('is said to be missing in an archive without it, and where it is now', async () => {
    const source = sourceOf(zipOf([{ name: 'Takeout/Mail/a.json', content: '{}' }]), 'takeout.zip', 1000);
    expect(await recognise(source)).toBe('timeline');
    await expect(itemsOf(readTimeline(source))).rejects.toThrow('no file of a Timeline in it. On the phone');
  });

  test.each([
    ['Settings.json', '{"createdTime":"2015-01-01T00:00:00Z","hasReportedLocations":true,"deviceSettings":[]}'],
    ['Timeline Edits.json', '{"timelineEdits":[{"deviceId":"1"}]}'],
    ['Encrypted Backups.txt', 'You have encrypted Timeline backups stored on Google servers.'],
  ])('that is the wrong file is named with what to do: %s', async (name, text) => {
    await expect(kindOf(text)).rejects.toThrow(ImportFault);
    await expect(kindOf(text)).rejects.toThrow(name);
    await expect(kindOf(text)).rejects.toThrow('export it');
  });

  test('is not seen in other JSON, which is no table either', async () => {
    await expect(kindOf('{"a": 1, "b": 2}')).rejects.toThrow('Google Timeline');
    await expect(read('{"a": [1]}')).rejects.toThrow('semanticSegments');
  });
});
