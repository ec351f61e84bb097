import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { FitBaseType, FitEncoder, type FitEncoderField } from 'fit-file-parser/encoder';
import { describe, expect, test } from 'vitest';
import { readGpx } from '../gpx/gpx.ts';
import type { ImportItem, Source } from '../importer.ts';
import { recognise } from '../importers.ts';
import { itemsOf, sourceOf, type ZipPart, zipOf } from '../testing.ts';
import { readStrava } from './strava.ts';

const archive = (...parts: readonly ZipPart[]): Source => sourceOf(zipOf(parts), 'export.zip', 1000);
const read = (...parts: readonly ZipPart[]): Promise<ImportItem[]> => itemsOf(readStrava(archive(...parts)));
const identifiers = (items: readonly ImportItem[], profile: string): string[] =>
  items.flatMap((item) => (item.kind === 'event' && item.profile === profile ? [item.identifier] : []));

const header =
  'Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Max Heart Rate,' +
  'Relative Effort,Commute,Activity Private Note,Activity Gear,Filename,Athlete Weight,Bike Weight,Elapsed Time,' +
  'Moving Time,Distance,Max Speed,Average Speed,Calories';
const row = (date: string, file = 'activities/1.gpx'): string =>
  `71,"${date}",Morning,Ride,"over\nthe hills",3189,"9,44",,,false,,,${file},,20.0,3189.0,2070.0,9440.5,,,300.0`;
const table = (...rows: readonly string[]): ZipPart => ({
  name: 'activities.csv',
  content: [header, ...rows].join('\n'),
});
const nothing = table();

const point = `<trkpt lat="52.5306730" lon="13.4010002"><ele>34.2</ele><time>2026-03-01T10:00:00Z</time>
  <extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>142</gpxtpx:hr></gpxtpx:TrackPointExtension></extensions></trkpt>`;
const gpx = `<gpx><trk><name>Morning</name><type>cycling</type><trkseg>${point}</trkseg></trk></gpx>`;
const tcx = `   <?xml version="1.0"?><TrainingCenterDatabase><Activities><Activity Sport="Biking"><Lap><Track>
  <Trackpoint><Time>2026-03-01T10:00:00Z</Time>
    <Position><LatitudeDegrees>52.530673</LatitudeDegrees><LongitudeDegrees>13.4010002</LongitudeDegrees></Position>
    <AltitudeMeters>34.2</AltitudeMeters><HeartRateBpm><Value>142</Value></HeartRateBpm>
    <Extensions><TPX><Speed>3.5</Speed></TPX></Extensions></Trackpoint>
  <Trackpoint><Time>2026-03-01T10:00:01Z</Time><HeartRateBpm><Value>143</Value></HeartRateBpm></Trackpoint>
  <Trackpoint><Time>2026-03-01T10:00:02Z</Time></Trackpoint>
</Track></Lap></Activity></Activities></TrainingCenterDatabase>`;

const semicircles = (degrees: number): number => Math.round((degrees / 180) * 2 ** 31);
function fit(...moments: readonly Readonly<{ second: number; placed?: boolean; beats?: number }>[]): Uint8Array {
  const encoder = new FitEncoder({ protocolVersion: 0x20 });
  const field = (number: number, size: number, baseType: number, value: number): FitEncoderField => ({
    number,
    size,
    baseType,
    value,
  });
  for (const { second, placed = true, beats = 255 } of moments)
    encoder.writeMessage(20, [
      field(253, 4, FitBaseType.Uint32, FitEncoder.toFitTimestamp(new Date(Date.UTC(2026, 2, 1, 10, 0, second)))),
      field(0, 4, FitBaseType.Sint32, placed ? semicircles(52.530673) : 0x7fffffff),
      field(1, 4, FitBaseType.Sint32, placed ? semicircles(13.4010002) : 0x7fffffff),
      field(2, 2, FitBaseType.Uint16, (34.2 + 500) * 5),
      field(3, 1, FitBaseType.Uint8, beats),
      field(73, 4, FitBaseType.Uint32, 3500),
    ]);
  return encoder.close();
}

describe('an archive of Strava', () => {
  test('is workouts, and points and heart rates of each recording', async () => {
    const source = archive(table(row('Mar 1, 2026, 10:00:00 AM')), { name: 'activities/1.gpx', content: gpx });
    expect(await recognise(source)).toBe('strava');
    expect(await itemsOf(readStrava(source))).toEqual([
      {
        kind: 'event',
        profile: 'library/workout',
        identifier: expect.stringMatching(/^strava:[\w-]{43}$/),
        createdDate: '2026-03-01T10:00:00.000Z',
        payload: {
          activity_name: 'cycling',
          effective_time_frame: {
            time_interval: { start_date_time: '2026-03-01T10:00:00.000Z', end_date_time: '2026-03-01T10:53:09.000Z' },
          },
          distance: { value: 9440.5, unit: 'm' },
          kcal_burned: { value: 300, unit: 'kcal' },
          duration: { value: 2070, unit: 's' },
        },
        line: 2,
      },
      expect.objectContaining({
        profile: 'library/location',
        payload: {
          geometry: { type: 'Point', coordinates: [13.4010002, 52.530673, 34.2] },
          track: 'Morning',
          activity: 'cycling',
        },
      }),
      expect.objectContaining({
        profile: 'library/heart-rate',
        payload: {
          heart_rate: { value: 142, unit: 'beats/min' },
          effective_time_frame: { date_time: '2026-03-01T10:00:00.000Z' },
          temporal_relationship_to_physical_activity: 'during exercise',
        },
      }),
    ]);
  });

  test('has the same points in GPX, TCX and FIT, packed or not, and in a GPX file alone', async () => {
    const alone = identifiers(await itemsOf(readGpx(sourceOf(gpx))), 'library/location');
    expect(alone).toHaveLength(1);
    for (const [name, content] of [
      ['1.gpx', gpx],
      ['1.GPX.gz', gzipSync(gpx)],
      ['1.tcx.gz', gzipSync(tcx)],
      ['1.fit', fit({ second: 0, beats: 142 })],
      ['1.fit.gz', gzipSync(fit({ second: 0, beats: 142 }))],
    ] as const) {
      const items = await read(nothing, { name: `activities/${name}`, content });
      expect([name, identifiers(items, 'library/location')]).toEqual([name, alone]);
      expect(identifiers(items, 'library/heart-rate')[0]).toMatch(/^gpx:/);
    }
  });

  test('has heart rates of recordings indoors, which have no places', async () => {
    const shown = (items: readonly ImportItem[]): unknown[] =>
      items.map((item) => ('profile' in item ? [item.profile, item.createdDate.slice(17, 19)] : item));
    expect(shown(await read(nothing, { name: 'activities/1.tcx', content: tcx }))).toEqual([
      ['library/location', '00'],
      ['library/heart-rate', '00'],
      ['library/heart-rate', '01'],
    ]);
    const content = fit({ second: 0, placed: false, beats: 120 }, { second: 1 }, { second: 2, placed: false });
    const items = await read(nothing, { name: 'activities/2.fit', content });
    expect(shown(items)).toEqual([
      ['library/heart-rate', '00'],
      ['library/location', '01'],
    ]);
    expect(items[1]).toMatchObject({
      payload: { speed: 3.5, geometry: { coordinates: [13.4010002, 52.530673, 34.2] } },
    });
  });

  test.each([
    ['English', 'Sep 12, 2018, 3:02:23 PM'],
    ['English at midnight', 'Sep 12, 2018, 12:02:23 AM', '00:02:23'],
    ['German', '12.09.2018, 15:02:23'],
    ['French', '12 sept. 2018 à 15:02:23'],
    ['Spanish', '12 sept 2018, 15:02:23'],
    ['Russian', '12 сент. 2018 г., 15:02:23'],
    ['Japanese', '2018/09/12 15:02:23'],
    ['Chinese', '2018/9/12 下午3:02:23'],
    ['Korean', '2018. 9. 12. 오후 3:02:23'],
    ['the oldest form', '2018-09-12 15:02:23'],
  ])('is read with dates in the language of the account: %s', async (_language, date, clock = '15:02:23') => {
    expect(await read(table(row(date)))).toMatchObject([{ createdDate: `2018-09-12T${clock}.000Z` }]);
  });

  test('is read with columns in another language, and tells what an old form leaves open', async () => {
    const german = header
      .replaceAll('Elapsed Time', 'Verstrichene Zeit')
      .replaceAll('Distance', 'Distanz')
      .replace('Moving Time', 'Bewegungszeit')
      .replace('Calories', 'Kalorien')
      .replaceAll('Activity', 'Aktivitäts');
    const content = `\uFEFF${german}\n${row('01.03.2026, 10:00:00')}`;
    expect(await read({ name: 'activities.csv', content })).toMatchObject([
      { payload: { distance: { value: 9440.5 }, duration: { value: 2070 }, kcal_burned: { value: 300 } } },
    ]);
    const old = 'Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance\n';
    const items = await read({ name: 'x/activities.csv', content: `${old}1,2018-09-12 15:02:23,A,Run,,783,3.68` });
    expect(items).toMatchObject([{ payload: { activity_name: 'running' } }, { kind: 'note' }]);
    expect(items[0]).not.toHaveProperty('payload.distance');
    const oldest = 'id,date,name,type,description,elapsed_time,distance\n1,2018-09-12 15:02:23,A,Run,,783,3681.0';
    expect(await read({ name: 'activities.csv', content: oldest })).toMatchObject([
      { payload: { distance: { value: 3681 } } },
    ]);
  });

  test('is read but for rows and recordings with a fault, which are refused with their place', async () => {
    const items = await read(
      table(row('12/09/2018, 15:02:23'), row('Feb 30, 2018, 3:02:23 PM'), 'x,y', '9,2018-09-12 15:02:23,A,Run,,,'),
      { name: 'activities/1.gpx.gz', content: 'no gzip' },
      { name: 'activities/2.fit', content: fit({ second: 0 }).subarray(0, -3) },
      { name: 'activities/3.gpx', content: gpx.replace('52.53', '152.53') },
      { name: 'activities/4.tcx', content: tcx.replace('2026-03-01T10:00:00Z', 'once') },
      { name: 'activities/5.fit', content: randomBytes(2 * 1024 * 1024 + 1) },
      { name: 'activities/6.gpx', content: gpx },
      { name: 'media/photo.jpg', content: 'x' },
    );
    expect(items.map((item) => ('reason' in item ? item.reason.slice(0, 60) : item.kind))).toEqual([
      'activities.csv: The date 12/09/2018, 15:02:23 is in a form t',
      'activities.csv: The date Feb 30, 2018, 3:02:23 PM is in a fo',
      'activities.csv: The row has no number of an activity.',
      'activities.csv: The row has no time that the activity took.',
      'activities/1.gpx.gz cannot be unpacked: it is no gzip, or da',
      'activities/2.fit is no FIT file, or was cut: invalid header.',
      'activities/3.gpx: The point has no latitude and longitude of',
      'activities/4.tcx: The point has no time, so it is not where ',
      'event',
      'activities/5.fit has more than 2 MiB, the most of FIT.',
      'event',
      'event',
    ]);
  });
});

describe('an archive of Strava that is made to harm', () => {
  const spaces = ' '.repeat(20 * 1024 * 1024);

  test('is refused where an entry is packed as no real one is', async () => {
    const bomb = { name: 'activities/1.gpx', content: `<gpx>${spaces}` };
    await expect(read(nothing, bomb)).rejects.toThrow('packed to less than a 200th');
  });

  test('is refused where its entries share their bytes, so that together they are more than real ones', async () => {
    const name = 'activities/1.gpx';
    const content = gpx.replace('<trkseg>', `<trkseg>${'x'.repeat(50_000)}`);
    const shared = Array.from({ length: 300 }, () => ({ name, content, shares: true }));
    await expect(read(nothing, { name, content }, ...shared)).rejects.toThrow('export.zip is packed to less than');
  });

  test('loses a recording that is a bomb within gzip, and keeps the others', async () => {
    const items = await read(
      nothing,
      { name: 'activities/1.gpx.gz', content: gzipSync(`<gpx>${spaces}`) },
      { name: 'activities/2.gpx', content: gpx },
    );
    expect(items).toMatchObject([
      { kind: 'refused', reason: expect.stringContaining('no real recording') },
      { kind: 'event' },
      { kind: 'event' },
    ]);
  });
});
