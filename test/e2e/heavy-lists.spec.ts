import { defaultAppLimits } from '@datakeep/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

const count = 30;
const mebibyte = 1024 * 1024;

describe('a list of large profiles', () => {
  let under: KeepUnderTest;
  beforeAll(async () => {
    under = await keepUnderTest({ config: { appLimits: { ...defaultAppLimits, profileBytes: 100 * mebibyte } } });
  });
  afterAll(() => under.stop());

  it('comes in pages of some 1 MiB, whatever the limit, and whole', async () => {
    const app = await under.admin.connectApp('Large');
    const description = 'x'.repeat(60_000);
    for (let index = 0; index < count; index += 1)
      await app.registerProfile(`large.example/${index}`, { type: 'object', description });
    for (const [client, path] of [
      [app, '/app/v1/profiles'],
      [under.admin, '/admin/v1/profiles'],
    ] as const) {
      const names: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Page<{ readonly name: string }> = await client.ask(
          'GET',
          `${path}?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        );
        expect(JSON.stringify(page.items).length).toBeLessThan(1.1 * mebibyte);
        names.push(...page.items.map(({ name }) => name));
        cursor = page.nextCursor;
      }
      expect(new Set(names).size).toBe(count);
      expect(names).toHaveLength(count);
    }
  });
});

describe('events of an app that may create none', () => {
  let under: KeepUnderTest;
  beforeAll(async () => {
    under = await keepUnderTest();
  });
  afterAll(() => under.stop());

  it.each(['application/json', 'application/x-ndjson'])('are refused before they are read: %s', async (type) => {
    const app = await under.admin.connectApp('Nothing');
    const answer = await app.send('POST', '/app/v1/events', { body: '{"events":', headers: { 'content-type': type } });
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
