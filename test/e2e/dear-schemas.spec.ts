import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

describe('an event whose schema compares each element with thousands of values', () => {
  let under: KeepUnderTest;
  beforeAll(async () => {
    under = await keepUnderTest();
  });
  afterAll(() => under.stop());

  it('is stored without holding up the keep', async () => {
    const profile = 'dear.example/numbers';
    const app = await under.admin.connectApp('Dear');
    const choices = Array.from({ length: 9001 }, (_, index) => index);
    await app.registerProfile(profile, {
      type: 'object',
      properties: { a: { type: 'array', items: { enum: choices } } },
    });
    await under.admin.grant(app, profile, ['create']);
    const payload = { a: Array.from({ length: 200_000 }, () => 9000) };
    const { user } = process.cpuUsage();
    await app.ask('POST', '/app/v1/events', { body: { events: [{ metadata: { profile }, payload }] } });
    // Of the whole process, the sender included; comparing each with each takes a quarter of a minute.
    expect((process.cpuUsage().user - user) / 1000).toBeLessThan(8000);
  });
});
