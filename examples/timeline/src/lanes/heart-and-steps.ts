import type { Groups } from '@datakeep/client';
import { hour } from '../day.ts';
import { type Asked, type Content, eventsOf, type Figures, type LaneKind, type Sample, within } from '../lane-kind.ts';
import { frameOf, type Framed } from './time-frame.ts';

const [heart, steps, workout] = ['library/heart-rate', 'library/step-count', 'library/workout'];
const bucket = 5 * 60_000;

/** The keep answers with figures of minutes and hours, never with a day's 86,400 beats. */
export const heartAndSteps: LaneKind = {
  id: 'body',
  title: 'Heart & steps',
  profiles: { [heart]: 'heart rate', [steps]: 'steps', [workout]: 'workouts' },
  message: 'To draw your heart rate, steps and workouts over the day',
  async load(asked): Promise<Content> {
    const [curve, bars, workouts] = await Promise.all([
      heartOf(asked),
      stepsOf(asked),
      eventsOf<Framed & { readonly activity_name: string }>(asked, workout),
    ]);
    const spans = workouts.map((event) => ({ ...frameOf(event), label: event.payload.activity_name, event }));
    return { curve, bars, spans };
  },
};

async function heartOf({ keep, day, may, signal }: Asked): Promise<Figures> {
  if (!may.has(heart)) return { unit: 'beats/min', samples: [] };
  const field = 'payload.heart_rate.value';
  const { groups } = await keep.events.aggregate({
    profile: heart,
    filter: within(day),
    groupBy: [{ field: 'metadata.createdDate', interval: 'minute' }],
    measures: {
      count: { op: 'count' },
      mean: { op: 'avg', field },
      low: { op: 'min', field },
      high: { op: 'max', field },
    },
    signal,
  });
  const buckets = Map.groupBy(groups, ({ key }) => Math.floor(Date.parse(String(key[0])) / bucket) * bucket);
  return { unit: 'beats/min', samples: [...buckets].map(([from, minutes]) => joined(from, minutes)) };
}

function joined(from: number, minutes: Groups['groups']): Sample {
  const counted = minutes.reduce((sum, { count }) => sum + Number(count), 0);
  const total = minutes.reduce((sum, { count, mean }) => sum + Number(count) * Number(mean), 0);
  const low = Math.min(...minutes.map((one) => Number(one['low'])));
  const high = Math.max(...minutes.map((one) => Number(one['high'])));
  return { from, to: from + bucket, value: Math.round(total / counted), low, high };
}

/** A phone and a watch count the same steps: of an hour, those of the device that counted most. */
async function stepsOf({ keep, day, may, signal }: Asked): Promise<Figures> {
  if (!may.has(steps)) return { unit: 'steps', samples: [] };
  const { groups } = await keep.events.aggregate({
    profile: steps,
    filter: within(day),
    groupBy: [{ field: 'metadata.createdDate', interval: 'hour' }, { field: 'payload.device' }],
    measures: { steps: { op: 'sum', field: 'payload.step_count.value' } },
    signal,
  });
  const hours = Map.groupBy(groups, ({ key }) => Date.parse(String(key[0])));
  const samples = [...hours].map(([from, devices]) => ({
    from,
    to: from + hour,
    value: Math.max(...devices.map((one) => Number(one['steps']))),
  }));
  return { unit: 'steps', samples };
}
