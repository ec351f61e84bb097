import { expect, it, vi } from 'vitest';
import { defaultAppLimits, ObjectIds, SystemClock } from '@datakeep/kernel';
import { appCaller, openEventService } from '../service/event-service.fixture.ts';
import { StoredQuota } from '../service/stored-quota.ts';
import { ChunkStore } from './chunk-store.ts';
import { IngestLines } from './ingest-lines.ts';

it('a stream is stored whose lines take longer to validate together than those of a list may', async () => {
  const { storage, profiles, grants, close } = await openEventService();
  const app = appCaller('aa'.repeat(12));
  grants.grant(app.appId, 'walk', 'create');
  const clock = new SystemClock();
  const quota = new StoredQuota({ storage, limits: { of: () => defaultAppLimits }, clock });
  const work = new IngestLines({ storage, consent: grants, profiles, clock, ids: new ObjectIds(), quota }, app);
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"metadata":{"profile":"walk"},"payload":{"activity":"walking"}}\n'.repeat(1000));
  }
  let time = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (time += 2));
  vi.spyOn(process, 'threadCpuUsage').mockImplementation(() => ({ user: (time += 2) * 1000, system: 0 }));
  const stream = { body: body(), admit: () => Promise.resolve(), progress: () => undefined };
  const outcome = await new ChunkStore(work, stream, clock).run();
  vi.restoreAllMocks();
  expect(outcome).toEqual({ lines: 1000, accepted: 1000, duplicates: 0 });
  await close();
});
