import { describe, expect, test } from 'vitest';

import { openRegistry } from '../testing/registry-bench.ts';

const appId = 'aa'.repeat(12);
const walk = {
  type: 'object',
  properties: { activity: { type: 'string' }, steps: { type: 'integer', minimum: 0 }, note: { type: ['string', 'null'] } },
  required: ['activity'],
  additionalProperties: false,
};

describe('Profiles', () => {
  test('registers a profile once, whatever the order of its members, and refuses another schema under its name', async () => {
    await using registry = openRegistry();
    const first = await registry.profiles.register('health/walk', walk, appId);
    expect(first).toMatchObject({ created: true, profile: { name: 'health/walk', schema: walk, createdAt: '2026-01-01T00:00:00.000Z' } });
    const reordered = Object.fromEntries(Object.entries(walk).toReversed());
    expect((await registry.profiles.register('health/walk', reordered, appId)).created).toBe(false);
    await expect(registry.profiles.register('health/walk', { type: 'object' }, appId)).rejects.toMatchObject({ code: 'profile-differs' });
  });

  test('validates payloads, naming the place and the keyword', async () => {
    await using registry = openRegistry();
    await registry.profiles.register('walk', walk, appId);
    const profile = (await registry.profiles.find('walk'))!;
    expect(registry.profiles.find('walk')).toBe(profile);
    expect(profile.validate({ activity: 'walking', steps: 3 })).toBeUndefined();
    expect(profile.validate({ steps: 3 })).toEqual({ pointer: '', detail: "required: must have required property 'activity'" });
    expect(profile.validate({ activity: 'x', steps: 'many' })).toEqual({ pointer: '/steps', detail: 'type: must be integer' });
    expect(profile.validate({ activity: 'x', 'a/b': 1 })).toMatchObject({
      pointer: '/a~1b',
      detail: expect.stringContaining('additionalProperties'),
    });
  });
});
