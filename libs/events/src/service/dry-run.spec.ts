import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunCaller } from '@datakeep/contracts';
import { appCaller, openEventService, runCaller, type EventServiceFixture } from './event-service.fixture.ts';

const one = 'aa'.repeat(12);
const other = 'bb'.repeat(12);

describe('a dry run at the event service', () => {
  let fixture: EventServiceFixture;
  const ids: Record<string, string> = {};
  const dryRun = (source?: string, profile?: string): RunCaller => ({
    ...runCaller('dd'.repeat(12), '', profile),
    dry: { profiles: ['walk'], ...(source === undefined ? {} : { source }) },
  });
  const activities = async (caller: RunCaller, query: object = {}): Promise<string[]> => {
    const { json } = await fixture.events.query(caller, JSON.stringify({ profile: 'walk', ...query }));
    return (JSON.parse(json.join('')) as { items: { payload: { activity: string } }[] }).items
      .map(({ payload }) => payload.activity)
      .toSorted();
  };

  beforeAll(async () => {
    fixture = await openEventService();
    for (const appId of [one, other]) {
      fixture.grants.grant(appId, 'walk', 'create');
      const events = ['walking', 'running'].map((activity) => ({
        metadata: { profile: 'walk' },
        payload: { activity: `${activity} ${appId[0]}`, steps: 5 },
      }));
      const stored = await fixture.events.ingest(appCaller(appId), JSON.stringify({ events }));
      ids[appId] = stored.events[0]!.id;
    }
  });
  afterAll(() => fixture.close());

  it('reads the profiles that its template names, without any permission, and no other', async () => {
    expect(await activities(dryRun())).toEqual(['running a', 'running b', 'walking a', 'walking b']);
    await expect(fixture.events.query(dryRun(), JSON.stringify({ profile: 'note' }))).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      fixture.events.query(dryRun(undefined, 'note'), JSON.stringify({ profile: 'walk' })),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('of one app finds the events of that app alone, whatever it asks', async () => {
    expect(await activities(dryRun(one))).toEqual(['running a', 'walking a']);
    expect(
      await activities(dryRun(one), {
        filter: { or: [{ 'metadata.source': other }, { 'payload.activity': { prefix: 'walking' } }] },
      }),
    ).toEqual(['walking a']);
    expect(await activities(dryRun(one), { filter: { not: { 'metadata.source': one } } })).toEqual([]);
    const { json } = await fixture.events.list(dryRun(one), { profile: 'walk', count: 'true' });
    expect(JSON.parse(json.join(''))).toMatchObject({
      count: 2,
      items: [{ metadata: { source: one } }, { metadata: { source: one } }],
    });
  });

  it('of one app adds up the events of that app alone', async () => {
    const { json } = await fixture.events.aggregate(
      dryRun(one),
      JSON.stringify({ profile: 'walk', measures: { steps: { op: 'sum', field: 'payload.steps' } } }),
    );
    expect(JSON.parse(json)).toMatchObject({ groups: [{ steps: 10 }] });
  });

  it("of one app does not know of another app's event", async () => {
    expect(JSON.parse((await fixture.events.get(dryRun(one), ids[one]!)).json)).toMatchObject({ id: ids[one] });
    await expect(fixture.events.get(dryRun(one), ids[other]!)).rejects.toMatchObject({ code: 'not-found' });
    await expect(fixture.events.remove(dryRun(one), ids[other]!, undefined)).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('writes nothing', async () => {
    const body = JSON.stringify({ events: [{ metadata: { profile: 'walk' }, payload: { activity: 'forging' } }] });
    await expect(fixture.events.ingest(dryRun(), body)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      fixture.events.modify(dryRun(), ids[one]!, JSON.stringify({ payload: { activity: 'x' } }), '*'),
    ).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(fixture.events.remove(dryRun(), ids[one]!, undefined)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await activities(dryRun())).toHaveLength(4);
  });
});
