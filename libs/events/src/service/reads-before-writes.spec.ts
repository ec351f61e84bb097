import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatakeepError } from '@datakeep/kernel';
import { admin, appCaller, openEventService, refusal, type EventServiceFixture } from './event-service.fixture.ts';

const app = appCaller('a'.repeat(24));
const body = (payload: object) => JSON.stringify({ payload });
const list = (payload: object, identifier?: string) =>
  JSON.stringify({ events: [{ metadata: { profile: 'walk', identifier }, payload }] });
const away = { retryAfterSeconds: 1 };

describe('a write whose read before it breaks off', () => {
  let failure: DatakeepError | undefined;
  let fixture: EventServiceFixture;
  let id: string;
  beforeAll(async () => {
    const breaksOff = (): Promise<never> | undefined => failure && Promise.reject(failure);
    fixture = await openEventService({ events: 1 }, (storage) =>
      Object.assign(Object.create(storage) as typeof storage, {
        get: (event: string) => breaksOff() ?? storage.get(event),
        usageOf: (source: string) => breaksOff() ?? storage.usageOf(source),
        query: (query: Parameters<typeof storage.query>[0]) => breaksOff() ?? storage.query(query),
        append: (events: Parameters<typeof storage.append>[0]) => storage.append(events),
        replace: (...args: Parameters<typeof storage.replace>) => storage.replace(...args),
        close: () => storage.close(),
      }),
    );
    fixture.grants.grant(app.appId, 'walk', 'read', 'create', 'modify', 'delete');
    id = (await fixture.events.ingest(app, list({ activity: 'run' }, 'first'))).events[0]!.id;
  });
  afterAll(() => fixture.close());

  const writes = {
    'the modification of an app': () => fixture.events.modify(app, id, body({ activity: 'row' }), '*'),
    'the modification of the admin': () => fixture.events.modify(admin, id, body({ activity: 'row' }), '*'),
    'the deletion of an app': () => fixture.events.remove(app, id, undefined),
    'the deletion of the admin': () => fixture.events.remove(admin, id, '*'),
    'what an app sends': () => fixture.events.ingest(app, list({ activity: 'row' })),
  };
  it.each(Object.entries(writes))('says that nothing was done: %s', async (_what, write) => {
    const said = new DatakeepError('storage-unreachable', 'The storage service did not answer in time.', away);
    for (const [error, message] of [
      [said, 'The storage service did not answer in time. Nothing was done.'],
      [new DatakeepError('storage-unreachable', undefined, away), 'The storage is out of reach. Nothing was done.'],
      [new DatakeepError('query-timeout'), 'The query took too long. Nothing was done.'],
      [new DatakeepError('storage-busy'), 'The storage is busy: nothing was done'],
      [new DatakeepError('internal'), 'Something broke here'],
    ] as const) {
      failure = error;
      const refused = await write().then(
        () => undefined,
        (reason: DatakeepError) => reason,
      );
      expect(refused).toMatchObject({ code: error.code, message, retryAfterSeconds: error.retryAfterSeconds });
    }
    failure = undefined;
    expect(await fixture.events.get(app, id)).toMatchObject({ version: 1 });
  });

  it('says no more than the storage where it is the write', async () => {
    expect((await refusal(fixture.events.modify(app, id, body({ activity: 'row' }), '"7"'))).message).not.toContain(
      'Nothing',
    );
  });
});
