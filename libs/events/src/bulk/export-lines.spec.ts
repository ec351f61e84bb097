import type { CompiledProfile } from '@datakeep/contracts';
import { describe, expect, it } from 'vitest';
import { admin, openEventService } from '../service/event-service.fixture.ts';
import { exportLines, type ExportOptions } from './export-lines.ts';

async function exported(parts: ExportOptions): Promise<string[]> {
  let text = '';
  for await (const lines of (await exportLines(parts, undefined)).lines) text += lines;
  return text.trimEnd().split('\n');
}

describe('an export', () => {
  it('sums up what it wrote, without a profile that was deleted since it was asked for', async () => {
    const { events, profiles, storage, close } = await openEventService();
    const sent = { metadata: { profile: 'walk' }, payload: { activity: 'walking' } };
    await events.ingest(admin, JSON.stringify({ events: [sent] }));
    let looks = 0;
    const deleted = {
      find: (name: string): CompiledProfile | undefined =>
        name === 'note' && (looks += 1) > 1 ? undefined : profiles.find(name),
    };
    const names = () => Promise.resolve(['walk', 'note']);
    const lines = await exported({ storage, profiles: deleted, profileNames: names, queryTimeoutMs: 1000 });
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines.at(-1)!)).toEqual({ summary: { profiles: 1, events: 1 } });
    await close();
  });

  it('names an unknown member of its request by a pointer', async () => {
    const { profiles, storage, close } = await openEventService();
    const parts = { storage, profiles, profileNames: () => Promise.resolve([]), queryTimeoutMs: 1000 };
    await expect(exportLines(parts, '{"a/b":1}')).rejects.toMatchObject({
      errors: [{ pointer: '/a~1b', code: 'unknown-member' }],
    });
    await close();
  });

  it('has the profiles in the order of the code points of their names', async () => {
    const { profiles, storage, close } = await openEventService();
    const names = ['\u{1f6b6}', '\uff5e', 'b', 'a', 'aa'];
    for (const name of names) profiles.add(name, { type: 'object' });
    const parts = { storage, profiles, profileNames: () => Promise.resolve(names), queryTimeoutMs: 1000 };
    const lines = (await exported(parts)).slice(0, -1).map((line) => JSON.parse(line) as { profile: { name: string } });
    expect(lines.map(({ profile }) => profile.name)).toEqual(['a', 'aa', 'b', '\uff5e', '\u{1f6b6}']);
    await close();
  });
});
