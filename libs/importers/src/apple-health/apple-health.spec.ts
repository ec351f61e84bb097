import { describe, expect, test } from 'vitest';
import { ImportFault, type ImportItem, type Source } from '../importer.ts';
import { recognise } from '../importers.ts';
import { itemsOf, sourceOf, type ZipPart, zipOf } from '../testing.ts';
import { readAppleHealth } from './apple-health.ts';

const read = (source: Source): Promise<ImportItem[]> => itemsOf(readAppleHealth(source));
const archive = (...parts: readonly ZipPart[]): Source => sourceOf(zipOf(parts), 'export.zip', 1000);
const folder = 'apple_health_export';

const times = 'startDate="2026-03-01 07:00:00 +0100" endDate="2026-03-01 07:10:00 +0100"';
const moment = 'startDate="2026-03-01 07:00:00 +0100" endDate="2026-03-01 07:00:00 +0100"';
const quantity = (type: string, unit: string, value: string, when = times): string =>
  `<Record type="HKQuantityTypeIdentifier${type}" sourceName="Watch" unit="${unit}" value="${value}" ${when}/>`;
const asleep = (stage: string): string =>
  `<Record type="HKCategoryTypeIdentifierSleepAnalysis" value="HKCategoryValueSleepAnalysis${stage}" ${times}/>`;

/** As iOS 16 wrote it: declarations without their end, and one element declared twice. */
const brokenDtd = `<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 12 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
<!ELEMENT HeartRateVariabilityMetadataList (InstantaneousBeatsPerMinute*)>
<!ELEMENT InstantaneousBeatsPerMinute EMPTY>
<!ATTLIST InstantaneousBeatsPerMinute
  bpm  CDATA #REQUIRED
  time CDATA #REQUIRED
>
<!ATTLIST WorkoutEvent
  date CDATA #REQUIRED
  device CDATA #IMPLIED
<!ELEMENT WorkoutEvent EMPTY>
]>`;
const xml = (...lines: readonly string[]): string =>
  ['<?xml version="1.0" encoding="UTF-8"?>', brokenDtd, '<HealthData locale="de_DE">', ...lines, '</HealthData>'].join(
    '\n',
  );
const exported = (...lines: readonly string[]): Source =>
  archive(
    { name: `${folder}/workout-routes/route_1.gpx`, content: '<gpx/>' },
    { name: `${folder}/export_cda.xml`, content: '<ClinicalDocument/>' },
    { name: `${folder}/Exportación.xml`, content: xml(...lines) },
  );
const interval = {
  time_interval: { start_date_time: '2026-03-01T06:00:00.000Z', end_date_time: '2026-03-01T06:10:00.000Z' },
};

describe('an export of Apple Health', () => {
  test('is measurements in the units of the library, behind the broken DTD of iOS 16', async () => {
    const source = exported(
      quantity('HeartRate', 'count/min', '62', moment).replace(
        '/>',
        '><MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="1"/></Record>',
      ),
      quantity('StepCount', 'count', '120'),
      quantity('BodyMass', 'lb', '150', moment),
      asleep('AsleepREM'),
      quantity('VO2Max', 'mL/min·kg', '40'),
    );
    expect(await recognise(source)).toBe('apple-health');
    expect(await read(source)).toMatchObject([
      {
        kind: 'event',
        profile: 'library/heart-rate',
        identifier: expect.stringMatching(/^apple-health:[\w-]{43}$/),
        createdDate: '2026-03-01T06:00:00.000Z',
        payload: {
          heart_rate: { value: 62, unit: 'beats/min' },
          temporal_relationship_to_physical_activity: 'at rest',
          effective_time_frame: { date_time: '2026-03-01T06:00:00.000Z' },
          device: 'Watch',
        },
        line: 20,
      },
      { payload: { step_count: { value: 120, unit: 'steps' }, effective_time_frame: interval }, line: 21 },
      { payload: { body_weight: { value: 68.0388555, unit: 'kg' } } },
      { profile: 'library/sleep', payload: { sleep_stage: 'rem', effective_time_frame: interval } },
      { kind: 'note', text: '1 of VO2Max left out.' },
    ]);
  });

  test('is workouts of the form until iOS 15 and of that since', async () => {
    const strength = 'TraditionalStrengthTraining';
    const run = `<Workout workoutActivityType="HKWorkoutActivityType${strength}" ${times} duration="10"`;
    const statistics = (type: string, sum: string, unit: string): string =>
      `<WorkoutStatistics type="HKQuantityTypeIdentifier${type}" sum="${sum}" unit="${unit}"/>`;
    const payload = {
      activity_name: 'traditional strength training',
      duration: { value: 600, unit: 's' },
      distance: { value: 5200, unit: 'm' },
      kcal_burned: { value: 390, unit: 'kcal' },
    };
    const sums = statistics('DistanceWalkingRunning', '5.2', 'km') + statistics('ActiveEnergyBurned', '390', 'Cal');
    const old = 'totalDistance="5.2" totalDistanceUnit="km" totalEnergyBurned="390" totalEnergyBurnedUnit="kcal"';
    const items = await read(
      exported(`${run} durationUnit="min">${sums}</Workout>`, `${run} durationUnit="min" ${old}/>`),
    );
    expect(items).toMatchObject([{ payload }, { payload }]);
  });

  test('is read with control characters in it, and as the XML alone', async () => {
    const dirty = quantity('StepCount', 'count', '120').replace('Watch', 'Wat\u000bch');
    expect(await read(exported(dirty))).toMatchObject([{ payload: { device: 'Watch' } }]);
    const alone = sourceOf(xml(dirty));
    expect(await recognise(alone)).toBe('apple-health');
    expect(await read(alone)).toMatchObject([{ payload: { device: 'Watch' } }]);
  });

  test('is read but for records with a fault, which are refused with line and reason', async () => {
    const items = await read(
      exported(
        quantity('HeartRate', 'count/min', 'many'),
        quantity('BodyMass', 'cwt', '1'),
        quantity('StepCount', 'count', '1', 'startDate="once" endDate="2026-03-01 07:00:00 +0100"'),
        asleep('Dreaming'),
        quantity('StepCount', 'count', '5'),
      ),
    );
    expect(items.map((item) => ('reason' in item ? [item.line, item.reason] : item.kind))).toEqual([
      [20, 'The value many is no number from 0 on.'],
      [21, 'The unit cwt is not known here.'],
      [22, 'It has no startDate and endDate that are times.'],
      [23, 'The stage of sleep is not known here.'],
      'event',
    ]);
  });

  test('leaves out of a workout what is beyond any number in the unit of the library', async () => {
    const duration = 'duration="1e308" durationUnit="min"';
    const endless = `<Workout workoutActivityType="HKWorkoutActivityTypeRunning" ${duration} ${times}/>`;
    expect(await read(exported(endless))).toMatchObject([{ kind: 'event', payload: { activity_name: 'running' } }]);
    expect(JSON.stringify(await read(exported(endless)))).not.toContain('duration');
  });

  test('that was cut is read up to there', async () => {
    const text = xml(quantity('StepCount', 'count', '5'), quantity('StepCount', 'count', '6'));
    const [first, ...rest] = await read(sourceOf(text.slice(0, text.indexOf('value="6"'))));
    expect(first).toMatchObject({ payload: { step_count: { value: 5 } } });
    expect(rest.length > 0 && rest.every(({ kind }) => kind === 'refused')).toBe(true);
  });
});

describe('an archive that is made to harm', () => {
  const name = `${folder}/export.xml`;

  test('is refused by its ratio before it is inflated', async () => {
    const bomb = archive({ name, content: `<HealthData>${' '.repeat(20 * 1024 * 1024)}` });
    await expect(read(bomb)).rejects.toThrow(ImportFault);
    await expect(read(bomb)).rejects.toThrow('packed to less than a 200th');
  });

  test('is refused by more bytes than it says that it has', async () => {
    const content = xml(...Array.from({ length: 5000 }, (_, index) => quantity('StepCount', 'count', `${index}`)));
    await expect(read(archive({ name, content, says: 5000 }))).rejects.toThrow('cannot be unpacked');
  });

  test.each(['../export.xml', '/etc/export.xml', 'C:/export.xml', 'apple_health_export\\..\\export.xml'])(
    'is refused where a name would be a path elsewhere: %s',
    async (path) => {
      await expect(read(archive({ name: path, content: xml() }))).rejects.toThrow('cannot be unpacked');
    },
  );

  test('is refused where it is cut, encrypted, or without the export', async () => {
    const whole = zipOf([{ name, content: xml() }]);
    await expect(read(sourceOf(whole.subarray(0, -30), 'export.zip'))).rejects.toThrow(ImportFault);
    await expect(read(archive({ name, content: xml(), flags: 1 }))).rejects.toThrow('encrypted');
    await expect(read(archive({ name: 'other/export.xml', content: xml() }))).rejects.toThrow('no XML of Apple Health');
    const { name: label, bytes } = archive({ name, content: xml() });
    await expect(read({ name: label, bytes })).rejects.toThrow('from a disk only');
  });
});
