import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunCaller } from '@datakeep/contracts';
import { appCaller, openEventService, runCaller, type EventServiceFixture } from '../service/event-service.fixture.ts';
import { DefaultChangeFeedService } from './change-feed-service.ts';

const [one, other, instance] = ['aa'.repeat(12), 'bb'.repeat(12), 'dd'.repeat(12)] as const;

interface Item {
  readonly change: string;
  readonly event: { readonly id: string; readonly metadata: { readonly source: string; readonly profile: string } };
}

const changesOf = (app: string): string[] => ['modified', 'deleted'].map((change) => `${change} walk ${app}`);

describe('the changes for a run', () => {
  let fixture: EventServiceFixture;
  let changeFeed: DefaultChangeFeedService;
  const dryRun = (source?: string, profile?: string): RunCaller => ({
    ...runCaller(instance, '', profile),
    dry: { profiles: ['walk'], ...(source === undefined ? {} : { source }) },
  });
  const told = async (caller: RunCaller, parameters: Record<string, string> = {}): Promise<string[]> => {
    const { json } = await changeFeed.changes(caller, parameters);
    return (JSON.parse(json) as { items: Item[] }).items.map(
      ({ change, event }) => `${change} ${event.metadata.profile} ${event.metadata.source[0]}`,
    );
  };

  beforeAll(async () => {
    fixture = await openEventService();
    changeFeed = new DefaultChangeFeedService({
      storage: fixture.storage,
      consent: fixture.grants,
      profiles: fixture.profiles,
      cursors: fixture.cursors,
      clock: fixture.clock,
      rows: fixture.rows,
      queryTimeoutMs: 5000,
    });
    for (const appId of [one, other]) {
      for (const profile of ['walk', 'note'])
        fixture.grants.grant(appId, profile, 'create', 'modify', 'delete', 'read');
      const caller = appCaller(appId);
      const events = ['walk', 'walk', 'note'].map((profile) => ({
        metadata: { profile },
        payload: { activity: 'walking' },
      }));
      const [first, second] = (await fixture.events.ingest(caller, JSON.stringify({ events }))).events;
      await fixture.events.modify(caller, first!.id, JSON.stringify({ payload: { activity: 'running' } }), '*');
      await fixture.events.remove(caller, second!.id, undefined);
    }
  });
  afterAll(() => fixture.close());

  it('that is dry are those of the profiles that its template names, of all apps', async () => {
    expect(await told(dryRun())).toEqual([...changesOf('a'), ...changesOf('b')]);
    await expect(changeFeed.changes(dryRun(), { profile: 'note' })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await told(dryRun(undefined, 'note'))).toEqual([]);
  });

  it('that is dry and of one app are of events of that app alone, deleted ones too', async () => {
    expect(await told(dryRun(one))).toEqual(changesOf('a'));
    expect(await told(dryRun(other), { profile: 'walk', limit: '1' })).toEqual(['modified walk b']);
    expect(await told(dryRun('cc'.repeat(12)))).toEqual([]);
  });

  it('that is dry and of one app are followed as they are read', async () => {
    const seen: string[] = [];
    const { json: page } = await changeFeed.changes(dryRun(other), { limit: '1' });
    const [{ place: since }] = (JSON.parse(page) as { items: [{ place: string }] }).items;
    const followed = await changeFeed.follow(dryRun(other), { since }, undefined, new AbortController().signal);
    for await (const { changes } of followed) {
      seen.push(
        ...changes.map(({ change, json }) => `${change} ${(JSON.parse(json) as Item['event']).metadata.source}`),
      );
      break;
    }
    expect(seen).toEqual([`deleted ${other}`]);
  });

  it('with a token are those of its one profile, by the rights of the instance', async () => {
    expect(await told(runCaller(instance, one))).toEqual([]);
    for (const profile of ['walk', 'note']) fixture.grants.grant(instance, profile, 'read');
    expect(await told(runCaller(instance, one, 'note'))).toEqual(['created note a', 'created note b']);
    await expect(changeFeed.changes(runCaller(instance, one, 'note'), { profile: 'walk' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    fixture.grants.grant(instance, 'note');
    expect(await told(runCaller(instance, one, 'note'))).toEqual([]);
  });
});
