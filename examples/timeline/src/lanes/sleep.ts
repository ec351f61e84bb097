import { hour } from '../day.ts';
import { eventsOf, type LaneKind, reaching } from '../lane-kind.ts';
import { frameOf, type Framed } from './time-frame.ts';

const sleepProfile = 'library/sleep';
/** From top to bottom. */
const rows: Readonly<Record<string, number>> = { 'in bed': 0, awake: 0, rem: 1, light: 2, asleep: 2, deep: 3 };

export const sleep: LaneKind = {
  id: 'sleep',
  title: 'Sleep',
  profiles: { [sleepProfile]: 'sleep' },
  message: 'To show your nights, by their stages',
  async load(asked) {
    const events = await eventsOf<Framed & { sleep_stage?: string }>(asked, sleepProfile, { before: 24 * hour });
    const spans = events.flatMap((event) => {
      const { sleep_stage: stage = 'asleep' } = event.payload;
      return stage === 'in bed' ? [] : [{ ...frameOf(event), label: stage, row: rows[stage] ?? 2, event }];
    });
    return { spans: reaching(asked.day, spans) };
  },
};
