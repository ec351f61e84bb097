import { ManualClock } from '@datakeep/kernel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient, KeepEvent, Page } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, walk, walkProfile, walkSchema } from '../support/keep-in-process.ts';

interface Entry {
  readonly action: string;
  readonly actor: { readonly kind: string };
  readonly subject: { readonly kind: string; readonly id: string };
  readonly details?: Readonly<Record<string, unknown>>;
}

const otherProfile = 'walks.example/other';
const secretActivity = 'a walk that the audit log does not tell';

describe("the admin's acts on events", () => {
  const clock = new ManualClock();
  let under: KeepUnderTest;
  let app: AppClient;

  beforeAll(async () => {
    under = await keepUnderTest({ clock });
    app = await under.admin.connectApp('Walks');
    for (const profile of [walkProfile, otherProfile]) {
      await app.registerProfile(profile, walkSchema);
      await under.admin.grant(app, profile, ['read', 'create']);
    }
    await app.ask('POST', '/app/v1/events', { body: { events: [walk(1), walk(2), walk(3)] } });
  });
  afterAll(() => under.stop());

  const entries = async (action: string): Promise<readonly Entry[]> =>
    (await under.admin.ask<Page<Entry>>('GET', `/admin/v1/audit?action=${action}`)).items;
  const query = (profile: string): Promise<Page<KeepEvent>> =>
    under.admin.ask('POST', '/admin/v1/events/query', { body: { profile } });

  it('leave an entry when they change an event, with its profile and without its payload', async () => {
    const [event] = (await query(walkProfile)).items;
    const path = `/admin/v1/events/${event!.id}`;
    const modified = { body: { payload: { activity: secretActivity, distance: 1 } }, headers: { 'if-match': '*' } };
    await under.admin.ask('PUT', path, modified);
    await under.admin.ask('DELETE', path);
    expect((await under.admin.send('DELETE', path)).status).toBe(404);
    const subject = { kind: 'event', id: event!.id };
    expect(await entries('event.modified')).toMatchObject([
      { actor: { kind: 'admin' }, subject, details: { profile: walkProfile, version: 2 } },
    ]);
    expect(await entries('event.deleted')).toMatchObject([{ subject, details: { profile: walkProfile } }]);
    expect(JSON.stringify(await under.admin.ask('GET', '/admin/v1/audit?limit=1000'))).not.toContain(secretActivity);
  });

  it('leave an entry when they look, once a minute for a profile', async () => {
    await clock.advance(60_000);
    const before = (await entries('events.queried')).length;
    for (let turn = 0; turn < 5; turn += 1) await query(walkProfile);
    await query(otherProfile);
    const noted = await entries('events.queried');
    expect(noted).toHaveLength(before + 2);
    expect(noted.slice(0, 2)).toMatchObject([
      { subject: { kind: 'profile', id: otherProfile }, details: { events: 0 } },
      { subject: { kind: 'profile', id: walkProfile }, details: { events: 2 } },
    ]);
    await clock.advance(60_000);
    await query(walkProfile);
    expect(await entries('events.queried')).toHaveLength(before + 3);
    await under.admin.ask('POST', '/admin/v1/events/aggregate', {
      body: { profile: walkProfile, measures: { all: { op: 'count' } } },
    });
    const [event] = (await query(walkProfile)).items;
    await under.admin.ask('GET', `/admin/v1/events/${event!.id}`);
    expect(await entries('events.aggregated')).toMatchObject([
      { subject: { id: walkProfile }, details: { groups: 1 } },
    ]);
    expect(await entries('events.read')).toMatchObject([
      { subject: { id: walkProfile }, details: { event: event!.id } },
    ]);
  });

  it('leave an entry for an export and for an import, with what came of it', async () => {
    const exported = await under.admin.ask<string>('POST', '/admin/v1/events/export', {
      body: { profile: walkProfile },
    });
    expect(await entries('events.exported')).toMatchObject([
      { subject: { kind: 'profile', id: walkProfile }, details: { profiles: 1, events: 2, complete: true } },
    ]);
    const headers = { 'content-type': 'application/x-ndjson' };
    await under.admin.ask('POST', '/admin/v1/events/import', { body: exported, headers });
    await under.admin.send('POST', '/admin/v1/events/import', { body: 'not JSON\n', headers });
    expect(await entries('events.imported')).toMatchObject([
      { details: { accepted: 0, duplicates: 0, complete: false } },
      { subject: { kind: 'keep', id: 'events' }, details: { accepted: 0, duplicates: 2, complete: true } },
    ]);
  });

  it('of apps leave none', async () => {
    const before = await entries('events.queried');
    await clock.advance(60_000);
    await app.ask('POST', '/app/v1/events/query', { body: { profile: walkProfile } });
    expect(await entries('events.queried')).toEqual(before);
  });
});
