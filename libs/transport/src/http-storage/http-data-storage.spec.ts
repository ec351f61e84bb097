import { expect, it, vi } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { HttpDataStorage } from './http-data-storage.ts';

it('a storage over HTTP that is closed looks for changes no more, also where there is a watcher', async () => {
  const clock = new ManualClock();
  const storage = new HttpDataStorage({ url: 'http://127.0.0.1:1', key: 'k', clock });
  storage.watchChanges(() => undefined);
  await storage.close();
  const setTimer = vi.spyOn(clock, 'setTimer');
  await clock.advance(10_000);
  expect(setTimer).not.toHaveBeenCalled();
});
