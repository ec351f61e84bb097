import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChangeStream } from '../support/change-stream.ts';
import { type KeepUnderTest, keepUnderTest, walkingApp } from '../support/keep-in-process.ts';

describe("the owner's notifications", () => {
  let under: KeepUnderTest;
  const streams: ChangeStream[] = [];
  beforeEach(async () => {
    under = await keepUnderTest();
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await under.stop();
  });
  const follow = async (headers: Record<string, string> = {}): Promise<ChangeStream> => {
    const stream = await ChangeStream.open(under.url, under.admin.token!, '', headers, '/admin/v1/notifications');
    streams.push(stream);
    return stream;
  };
  const actions = (stream: ChangeStream): string[] =>
    stream.changes.map(({ data }) => (JSON.parse(data!) as { action: string }).action);

  it('name the kind and id of what changed, as it happens, and nothing of what is in it', async () => {
    const stream = await follow();
    await walkingApp(under.admin);
    await vi.waitFor(() => expect(actions(stream)).toContain('permission.approved'));
    const requested = stream.changes.find(({ data }) => data!.includes('permission.requested'))!;
    expect(requested.event).toBe('permission');
    expect(Object.keys(JSON.parse(requested.data!) as object)).toEqual(['kind', 'id', 'action']);
  });

  it('go on after `Last-Event-ID`, and none is skipped', async () => {
    const first = await follow();
    await under.admin.ask('POST', '/admin/v1/apps', { body: { name: 'One' } });
    await vi.waitFor(() => expect(actions(first)).toEqual(['app.created']));
    const last = first.changes.at(-1)!.id!;
    first.close();
    await under.admin.ask('POST', '/admin/v1/apps', { body: { name: 'Two' } });
    await under.admin.ask('POST', '/admin/v1/apps', { body: { name: 'Three' } });
    const second = await follow({ 'last-event-id': last });
    await vi.waitFor(() => expect(actions(second)).toEqual(['app.created', 'app.created']));
  });

  it('are refused with an id that is none, and end with the session', async () => {
    expect((await follow({ 'last-event-id': 'none' })).status).toBe(400);
    const stream = await follow();
    await under.admin.ask('DELETE', '/admin/v1/session');
    await stream.ended;
    expect(stream.sent.find(({ event }) => event === 'end')?.data).toContain('unauthenticated');
  });
});
