import { identifierOf } from '../identifier.ts';
import type { Made } from '../importer.ts';
import { instantOf } from '../instant.ts';
import { withoutUndefined, numberOf, wordsOf } from '../json/json-values.ts';
import type { XmlAttributes } from '../xml/xml-items.ts';

export interface WorkoutSum {
  readonly type: string;
  readonly sum: string | undefined;
  readonly unit: string | undefined;
}

/** Factors into the unit of the profile. */
type Units = Readonly<Partial<Record<string, number>>>;
const beats: Units = { 'count/min': 1, 'count/s': 60 };
const steps: Units = { count: 1 };
const kilograms: Units = { kg: 1, g: 0.001, lb: 0.45359237, st: 6.35029318, oz: 0.028349523125 };
const metres: Units = { m: 1, km: 1000, mi: 1609.344, yd: 0.9144, ft: 0.3048 };
const seconds: Units = { s: 1, min: 60, hr: 3600 };
const kilocalories: Units = { kcal: 1, Cal: 1, cal: 0.001, kJ: 1 / 4.184 };

const stages: Readonly<Partial<Record<string, string>>> = {
  InBed: 'in bed',
  Asleep: 'asleep',
  AsleepUnspecified: 'asleep',
  AsleepCore: 'light',
  AsleepDeep: 'deep',
  AsleepREM: 'rem',
  Awake: 'awake',
};
/** Of `HKMetadataKeyHeartRateMotionContext`. */
const motions: Readonly<Partial<Record<string, string>>> = { 1: 'at rest', 2: 'active' };

const quantities = {
  HKQuantityTypeIdentifierHeartRate: { profile: 'heart-rate', member: 'heart_rate', unit: 'beats/min', units: beats },
  HKQuantityTypeIdentifierStepCount: { profile: 'step-count', member: 'step_count', unit: 'steps', units: steps },
  HKQuantityTypeIdentifierBodyMass: { profile: 'body-weight', member: 'body_weight', unit: 'kg', units: kilograms },
} as const;
const sleep = 'HKCategoryTypeIdentifierSleepAnalysis';

const isQuantity = (type: string): type is keyof typeof quantities => Object.hasOwn(quantities, type);
export const isRead = (type: string): boolean => type === sleep || isQuantity(type);

/** Of a `Record` whose type `isRead`. */
export function measured(record: XmlAttributes, motion: string | undefined): Made {
  const type = record['type'] ?? '';
  if (!isQuantity(type)) return slept(record);
  const { profile, member, unit, units } = quantities[type];
  const amount = amountOf(record['value'], record['unit'], units, unit);
  if (typeof amount === 'string') return amount;
  const related = profile === 'heart-rate' ? motions[motion ?? ''] : undefined;
  return eventOf(profile, record, { [member]: amount, temporal_relationship_to_physical_activity: related });
}

function slept(record: XmlAttributes): Made {
  const stage = stages[record['value']?.replace('HKCategoryValueSleepAnalysis', '') ?? ''];
  if (stage === undefined) return 'The stage of sleep is not known here.';
  return eventOf('sleep', record, { sleep_stage: stage });
}

/** Distance and energy stand in attributes until iOS 15, and in sums of their own from iOS 16 on. */
export function workout(record: XmlAttributes, sums: readonly WorkoutSum[]): Made {
  const name = wordsOf(record['workoutActivityType']?.replace('HKWorkoutActivityType', ''), 200);
  if (name === undefined) return 'The workout has no type.';
  const distance = sums.find(({ type }) => type.startsWith('HKQuantityTypeIdentifierDistance'));
  const energy = sums.find(({ type }) => type === 'HKQuantityTypeIdentifierActiveEnergyBurned');
  const known = (amount: Amount | string): Amount | undefined => (typeof amount === 'string' ? undefined : amount);
  return eventOf('workout', record, {
    activity_name: name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase(),
    distance: known(
      amountOf(record['totalDistance'] ?? distance?.sum, record['totalDistanceUnit'] ?? distance?.unit, metres, 'm'),
    ),
    kcal_burned: known(
      amountOf(
        record['totalEnergyBurned'] ?? energy?.sum,
        record['totalEnergyBurnedUnit'] ?? energy?.unit,
        kilocalories,
        'kcal',
      ),
    ),
    duration: known(amountOf(record['duration'], record['durationUnit'], seconds, 's')),
  });
}

interface Amount {
  readonly value: number;
  readonly unit: string;
}

function amountOf(text: string | undefined, from: string | undefined, units: Units, unit: string): Amount | string {
  const number = numberOf(text);
  const factor = units[from ?? ''];
  if (number === undefined || number < 0) return `The value ${String(text).slice(0, 50)} is no number from 0 on.`;
  if (factor === undefined) return `The unit ${String(from).slice(0, 50)} is not known here.`;
  // 12 digits: what a factor adds beyond them is no measurement.
  const value = factor === 1 ? number : Number((number * factor).toPrecision(12));
  return Number.isFinite(value) ? { value, unit } : `The value ${String(text).slice(0, 50)} is too large.`;
}

function eventOf(name: string, record: XmlAttributes, members: Readonly<Record<string, unknown>>): Made {
  const start = instantOf(record['startDate']);
  const end = instantOf(record['endDate']);
  if (start === undefined || end === undefined) return 'It has no startDate and endDate that are times.';
  const frame = { time_interval: { start_date_time: start, end_date_time: end } };
  const device = wordsOf(record['sourceName'], 200);
  // Steps, sleep and a workout are intervals, however short.
  const isMoment = start === end && (name === 'heart-rate' || name === 'body-weight');
  const payload = withoutUndefined({
    ...members,
    effective_time_frame: isMoment ? { date_time: start } : frame,
    device,
  });
  const identifier = identifierOf('apple-health', [name, start, end, device ?? null, withoutUndefined(members)]);
  return { profile: `library/${name}`, identifier, createdDate: start, payload };
}
