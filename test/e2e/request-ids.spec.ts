import { DATA_STORAGE, type DataStorage } from '@datakeep/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { currentRequestId } from '@datakeep/kernel';
import { type AppClient } from '../support/keep-client.ts';
import { keepUnderTest, type KeepUnderTest, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';

describe('the id of a request', () => {
  let keep: KeepUnderTest;
  let app: AppClient;
  const seen: (string | undefined)[] = [];

  beforeAll(async () => {
    keep = await keepUnderTest();
    app = await walkingApp(keep.admin);
    const storage = keep.keep.app.get<DataStorage>(DATA_STORAGE);
    for (const method of ['append', 'query'] as const) {
      const real = storage[method].bind(storage) as (...args: unknown[]) => never;
      vi.spyOn(storage, method).mockImplementation((...args: unknown[]) => {
        seen.push(currentRequestId());
        return real(...args);
      });
    }
  });
  afterAll(() => keep.stop());

  it('is known to whatever works for the request, also once its body was read', async () => {
    const send = (id: string, method: string, path: string, body?: unknown) =>
      app.send(method, path, { headers: { 'x-request-id': id }, ...(body === undefined ? {} : { body }) });
    await send('of-the-event', 'POST', '/app/v1/events', { events: [walk(1)] });
    await send('of-the-list', 'GET', `/app/v1/events?profile=${encodeURIComponent(walkProfile)}`);
    await send('of-the-query', 'POST', '/app/v1/events/query', { profile: walkProfile });
    expect(seen).toEqual(['of-the-event', 'of-the-list', 'of-the-query']);
  });

  it('is kept apart between requests of the same moment', async () => {
    seen.length = 0;
    const ids = Array.from({ length: 30 }, (_, n) => `request-${n}`);
    await Promise.all(
      ids.map((id, n) =>
        app.send('POST', '/app/v1/events/query', {
          headers: { 'x-request-id': id },
          body: { profile: walkProfile, limit: n + 1 },
        }),
      ),
    );
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });
});
