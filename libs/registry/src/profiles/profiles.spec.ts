import { describe, expect, test } from 'vitest';

import { knownApp as appId, openRegistry } from '../testing/registry-bench.ts';

const walk = {
  type: 'object',
  properties: {
    activity: { type: 'string' },
    steps: { type: 'integer', minimum: 0 },
    note: { type: ['string', 'null'] },
  },
  required: ['activity'],
  additionalProperties: false,
};

describe('Profiles', () => {
  test('registers a profile once, in any order of its members, and refuses another schema by its name', async () => {
    await using registry = openRegistry();
    const first = await registry.profiles.register('health/walk', walk, appId);
    expect(first).toMatchObject({
      created: true,
      profile: { name: 'health/walk', schema: walk, createdAt: '2026-01-01T00:00:00.000Z' },
    });
    const reordered = Object.fromEntries(Object.entries(walk).toReversed());
    expect((await registry.profiles.register('health/walk', reordered, appId)).created).toBe(false);
    await expect(registry.profiles.register('health/walk', { type: 'object' }, appId)).rejects.toMatchObject({
      code: 'profile-differs',
    });
  });

  test.each(['.', '..', '/walk', 'walk/', ' walk', '', 'w'.repeat(201)])(
    'refuses a name that no path of a URL could hold, or that misleads: %j',
    async (name) => {
      await using registry = openRegistry();
      const refusal = { code: 'invalid', errors: [{ pointer: '/name' }] };
      await expect(registry.profiles.register(name, walk, appId)).rejects.toMatchObject(refusal);
    },
  );

  test('validates payloads, naming the place and the keyword', async () => {
    await using registry = openRegistry();
    await registry.profiles.register('walk', walk, appId);
    const profile = (await registry.profiles.find('walk'))!;
    expect(registry.profiles.find('walk')).toBe(profile);
    expect(profile.validate({ activity: 'walking', steps: 3 })).toBeUndefined();
    expect(profile.validate({ steps: 3 })).toEqual({
      pointer: '',
      detail: "required: must have required property 'activity'",
    });
    expect(profile.validate({ activity: 'x', steps: 'many' })).toEqual({
      pointer: '/steps',
      detail: 'type: must be integer',
    });
    expect(profile.validate({ activity: 'x', 'a/b': 1 })).toMatchObject({
      pointer: '/a~1b',
      detail: expect.stringContaining('additionalProperties'),
    });
  });

  test.each<[string, unknown, unknown, { pointer: string; detail: string }]>([
    [
      'anyOf',
      { properties: { a: { anyOf: [{ type: 'string' }, { type: 'null' }] } } },
      { a: 1 },
      { pointer: '/a', detail: 'anyOf: must match a schema in anyOf' },
    ],
    [
      'oneOf',
      { properties: { a: { oneOf: [{ type: 'number' }, { const: 1 }] } } },
      { a: 1 },
      { pointer: '/a', detail: 'oneOf: must match exactly one schema in oneOf' },
    ],
    [
      'enum',
      { properties: { a: { enum: ['secret-looking'] } } },
      { a: 1 },
      { pointer: '/a', detail: 'enum: must be equal to one of the allowed values' },
    ],
    [
      'else',
      { properties: { a: { type: 'number' } }, if: { required: ['z'] }, else: { required: ['b'] } },
      { a: 1 },
      { pointer: '', detail: "required: must have required property 'b'" },
    ],
    [
      'format',
      { properties: { at: { type: 'string', format: 'date-time' } } },
      { at: 'now' },
      { pointer: '/at', detail: 'format: must match format "date-time"' },
    ],
    [
      'a format of a very long string',
      { properties: { at: { type: 'string', format: 'uri' } } },
      { at: `https://example.org/${'a'.repeat(3000)}` },
      { pointer: '/at', detail: 'format: must match format "uri"' },
    ],
    [
      'items',
      { properties: { list: { type: 'array', items: { type: 'integer' } } } },
      { list: [1, 2, 'x'] },
      { pointer: '/list/2', detail: 'type: must be integer' },
    ],
    [
      'unevaluatedProperties',
      { properties: { a: true }, unevaluatedProperties: false },
      { a: 1, 'b~c': 2 },
      { pointer: '/b~0c', detail: 'unevaluatedProperties: must NOT have unevaluated properties' },
    ],
    [
      'a pattern, without printing it',
      { properties: { a: { type: 'string', pattern: '^[0-9]{4}$' } } },
      { a: 'x' },
      { pointer: '/a', detail: 'pattern: must match the pattern' },
    ],
  ])('names what %s found', async (_name, schema, payload, failure) => {
    await using registry = openRegistry();
    await registry.profiles.register('p', { type: 'object', ...(schema as object) }, appId);
    expect((await registry.profiles.find('p'))!.validate(payload)).toEqual(failure);
  });

  test('tells the patterns of one schema apart', async () => {
    await using registry = openRegistry();
    const schema = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^[0-9]+$' }, b: { type: 'string', pattern: '^[a-z]+$' } },
      patternProperties: { '^n_': { type: 'number' }, '^s_': { type: 'string' } },
      additionalProperties: false,
    };
    await registry.profiles.register('p', schema, appId);
    const profile = (await registry.profiles.find('p'))!;
    expect(profile.validate({ a: '1', b: 'x', n_1: 1, s_1: 'x' })).toBeUndefined();
    for (const [payload, pointer] of [
      [{ a: 'x' }, '/a'],
      [{ b: '1' }, '/b'],
      [{ n_1: 'x' }, '/n_1'],
      [{ s_1: 1 }, '/s_1'],
      [{ c: 1 }, '/c'],
    ] as const)
      expect(profile.validate(payload)).toMatchObject({ pointer });
  });

  test('registers one of two at once: with the same schema both agree, with another one is told', async () => {
    await using registry = openRegistry();
    const same = await Promise.all([
      registry.profiles.register('a', walk, appId),
      registry.profiles.register('a', walk, appId),
    ]);
    expect(same.map(({ created }) => created).toSorted()).toEqual([false, true]);
    const differing = await Promise.allSettled([
      registry.profiles.register('b', walk, appId),
      registry.profiles.register('b', true, appId),
    ]);
    expect(differing.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(differing.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'profile-differs', status: 409 },
    });
  });

  test('finds what was registered before a restart, and what is registered after it was missed', async () => {
    const before = openRegistry();
    await before.profiles.register('walk', walk, appId);
    await before.close();
    await using registry = openRegistry(before.folder);
    const [first, second] = await Promise.all([registry.profiles.find('walk'), registry.profiles.find('walk')]);
    expect(first).toBe(second);
    expect(first!.validate({ activity: 1 })).toMatchObject({ pointer: '/activity' });
    expect(await registry.profiles.find('ride')).toBeUndefined();
    await registry.profiles.register('ride', walk, appId);
    expect(await registry.profiles.find('ride')).toMatchObject({ name: 'ride' });
  });

  test('keeps what it found, however many names are asked for that are none', async () => {
    await using registry = openRegistry();
    await registry.profiles.register('walk', walk, appId);
    await registry.profiles.find('walk');
    for (let index = 0; index < 1000; index += 1) await registry.profiles.find(`none ${index}`);
    expect(registry.profiles.find('walk')).not.toBeInstanceOf(Promise);
  });

  test('lists profiles newest first and reads one by its name', async () => {
    await using registry = openRegistry();
    for (const name of ['a', 'b', 'c']) {
      await registry.profiles.register(name, walk, appId);
      await registry.clock.advance(1);
    }
    const { items, next } = await registry.profiles.list({ limit: 2 });
    expect(items.map(({ name }) => name)).toEqual(['c', 'b']);
    expect((await registry.profiles.list({ limit: 2, after: next })).items).toEqual([await registry.profiles.get('a')]);
    await expect(registry.profiles.get('d')).rejects.toMatchObject({ code: 'not-found' });
  });
});
