import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { gaugesOf } from './gauges.ts';

it('has no figures of what does not answer, and those of all else', async () => {
  const registry = new Registry();
  let isAway = false;
  const gauge = gaugesOf(registry, () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve({ jobs: 3 })));
  gauge('jobs', 'Jobs.', ({ jobs }) => jobs);
  gauge('jobs_by_state', 'Jobs by state.', ({ jobs }) => ({ waiting: jobs }), 'state');
  gaugesOf(registry, () => Promise.resolve(7))('events', 'Events.', (events) => events);
  const figures = async (): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const all = ['jobs 3', 'jobs_by_state{state="waiting"} 3', 'events 7'];
  expect(await figures()).toEqual(all);
  isAway = true;
  expect(await figures()).toEqual(['events 7']);
  isAway = false;
  expect(await figures()).toEqual(all);
});
