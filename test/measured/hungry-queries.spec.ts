import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient } from '../support/keep-client.ts';
import { KeepProcess } from '../support/keep-process.ts';

const profile = 'hungry.example/anything';
const deep = `${'{"a":'.repeat(60)}[${'1,'.repeat(499_999)}1]${'}'.repeat(60)}`;
const hungry = {
  profile,
  filter: { or: Array.from({ length: 40 }, (_, n) => ({ [`payload${'.a'.repeat(60)}`]: n + 2 })) },
};

describe.runIf(process.platform === 'linux')('an app whose queries each take seconds for one event', () => {
  let keep: KeepProcess;
  let attacker: AppClient;
  let other: AppClient;
  const threads = (): number => readdirSync(`/proc/${keep.pid}/task`).length;

  beforeAll(async () => {
    // The other's queries have it as well, on a busy machine; the hungry one needs a dozen seconds.
    keep = await KeepProcess.start({ env: { QUERY_TIMEOUT_MS: '1000' } });
    const admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
    attacker = await admin.connectApp('Attacker');
    other = await admin.connectApp('Other');
    for (const [app, name] of [
      [attacker, profile],
      [other, 'other.example/thing'],
    ] as const) {
      await app.registerProfile(name, { type: 'object' });
      await admin.grant(app, name, ['create', 'read']);
    }
    await attacker.ask('POST', '/app/v1/events', {
      body: `{"events":[{"metadata":{"profile":"${profile}"},"payload":${deep}}]}`,
    });
    await other.sendEvents([{ metadata: { profile: 'other.example/thing' }, payload: { n: 1 } }]);
  });
  afterAll(async () => {
    await keep?.kill();
    await keep?.dispose();
  });

  it('holds up no other, and takes no more threads with each', async () => {
    // The thread for scans is there.
    await attacker.send('POST', '/app/v1/events/query', { body: hungry });
    const before = threads();
    for (let time = 0; time < 6; time += 1) {
      const { status, body } = await attacker.send('POST', '/app/v1/events/query', { body: hungry });
      expect([status, body]).toMatchObject([503, { code: 'query-timeout' }]);
      expect((await other.query({ profile: 'other.example/thing' })).items).toHaveLength(1);
      expect((await other.send('GET', '/health/ready')).status).toBe(200);
    }
    // A reader was perhaps just being replaced as the threads were counted first, and the last takes a while to end.
    await expect.poll(threads).toBeLessThanOrEqual(before + 1);
  });

  it('nor up the end of the process', async () => {
    const asked = Promise.allSettled(
      Array.from({ length: 4 }, () => attacker.send('POST', '/app/v1/events/query', { body: hungry })),
    );
    expect(await keep.stop('SIGTERM')).toBe(0);
    await asked;
  });
});
