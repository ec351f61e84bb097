import { describe, expect, test } from 'vitest';

import {
  adminId,
  knownApp,
  openRegistry,
  otherApp,
  readPlainToken,
  tokenLifetimeMs,
} from '../testing/registry-bench.ts';

type Registry = ReturnType<typeof openRegistry>;

const day = 86_400_000;

async function associated(registry: Registry) {
  const app = await registry.apps.create({ name: 'Walks' }, adminId);
  const { associationToken } = await registry.apps.associations.createToken(app.id, {}, adminId);
  const association = await registry.apps.associations.associate({ associationToken, name: 'Walk counter' });
  return { appId: app.id, associationToken, tokenId: readPlainToken(association.token).tokenId, association };
}

describe('app holders', () => {
  test('are made, read, changed and listed, newest first, page by page', async () => {
    await using registry = openRegistry();
    const made: { id: string; createdAt: string }[] = [];
    for (let index = 0; index < 5; index += 1) {
      made.push(await registry.apps.create({ name: `App ${index}`, description: 'For walks.' }, adminId));
      await registry.clock.advance(index % 2);
    }
    // Those of one millisecond come by their ids, which are random.
    const ids = made.toSorted((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? 1 : -1)).map(({ id }) => id);
    const first = await registry.apps.list({ limit: 3, count: true });
    const rest = await registry.apps.list({ limit: 4, after: JSON.parse(JSON.stringify(first.next)) });
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([...ids, otherApp, knownApp]);
    expect([first.count, rest.next]).toEqual([7, null]);
    expect(await registry.apps.patch(ids[0]!, { name: 'Renamed', description: null }, adminId)).toEqual({
      id: ids[0], name: 'Renamed', state: 'waiting', createdAt: '2026-01-01T00:00:00.002Z', origins: [],
    }); // prettier-ignore
    expect(await registry.apps.get(ids[1]!)).toMatchObject({ description: 'For walks.' });
  });

  test('keep the name that they are given while an association token is made', async () => {
    await using registry = openRegistry();
    const { id } = await registry.apps.create({ name: 'Walks' }, adminId);
    await Promise.all([
      registry.apps.associations.createToken(id, {}, adminId),
      registry.apps.patch(id, { name: 'Runs' }, adminId),
    ]);
    expect(await registry.apps.get(id)).toMatchObject({ name: 'Runs' });
  });

  test('need a name without control characters', async () => {
    await using registry = openRegistry();
    for (const name of ['', ' x', 'a\u0000', 'a\nb', '\ud800', 'x'.repeat(201)])
      await expect(registry.apps.create({ name }, adminId)).rejects.toMatchObject({
        status: 422,
        errors: [{ pointer: '/name' }],
      });
  });

  test('that are not there are not found', async () => {
    await using registry = openRegistry();
    for (const id of ['00'.repeat(12), 'x']) {
      for (const act of [
        () => registry.apps.get(id),
        () => registry.apps.patch(id, { name: 'x' }, adminId),
        () => registry.appRemoval.remove(id, adminId, 'keep'),
        () => registry.apps.associations.createToken(id, {}, adminId),
        () => registry.apps.revokeToken(id, adminId),
      ])
        await expect(act()).rejects.toMatchObject({ code: 'not-found' });
    }
  });
});

describe('association', () => {
  test('binds an app to its holder and hands out a token that is known at once', async () => {
    await using registry = openRegistry();
    const { appId, tokenId, association } = await associated(registry);
    expect(association).toMatchObject({
      appId,
      name: 'Walk counter',
      expiresAt: new Date(registry.clock.now() + tokenLifetimeMs).toISOString(),
    });
    expect(await registry.callers.app(appId, tokenId)).toMatchObject({
      kind: 'app',
      appId,
      appName: 'Walk counter',
      tokenId,
    });
    expect(await registry.apps.get(appId)).toMatchObject({
      name: 'Walks',
      state: 'associated',
      associatedName: 'Walk counter',
      tokenExpiresAt: association.expiresAt,
    });
  });

  test('twice, concurrently: one wins, the other is told that the token is spent', async () => {
    await using registry = openRegistry();
    const app = await registry.apps.create({ name: 'Walks' }, adminId);
    const { associationToken } = await registry.apps.associations.createToken(app.id, {}, adminId);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        registry.apps.associations.associate({ associationToken, name: `App ${index}` }),
      ),
    );
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown);
    expect(lost).toHaveLength(9);
    for (const reason of lost) expect(reason).toMatchObject({ code: 'association-token-spent', status: 410 });
    expect(await registry.callers.app(app.id, readPlainToken(won[0]!.value.token).tokenId)).toBeDefined();
    await expect(registry.apps.associations.associate({ associationToken, name: 'late' })).rejects.toMatchObject({
      status: 410,
    });
  });

  test('with an unknown or malformed token is 401', async () => {
    await using registry = openRegistry();
    const app = await registry.apps.create({ name: 'Walks' }, adminId);
    const { associationToken } = await registry.apps.associations.createToken(app.id, {}, adminId);
    await using other = openRegistry();
    const foreignApp = await other.apps.create({ name: 'Walks' }, adminId);
    const { associationToken: foreign } = await other.apps.associations.createToken(foreignApp.id, {}, adminId);
    const setup = (await registry.admins.prepareSetup())!;
    for (const token of [
      '',
      'x',
      associationToken.slice(0, -1),
      associationToken.toUpperCase(),
      foreign,
      setup,
      'x'.repeat(10_000),
    ])
      await expect(registry.apps.associations.associate({ associationToken: token, name: 'x' })).rejects.toMatchObject({
        code: 'association-token-unknown',
        status: 401,
      });
    await expect(registry.apps.associations.associate({ associationToken, name: 'x' })).resolves.toBeDefined();
  });

  test('is 410 once the token has expired, and at its last millisecond still works', async () => {
    await using registry = openRegistry();
    const app = await registry.apps.create({ name: 'Walks' }, adminId);
    const byDefault = await registry.apps.associations.createToken(app.id, {}, adminId);
    expect(byDefault.expiresAt).toBe('2026-01-02T00:00:00.000Z');
    const { associationToken } = await registry.apps.associations.createToken(
      app.id,
      { expiresInSeconds: 60 },
      adminId,
    );
    await registry.clock.advance(60_000);
    await expect(registry.apps.associations.associate({ associationToken, name: 'x' })).rejects.toMatchObject({
      status: 410,
    });
    const next = await registry.apps.associations.createToken(app.id, { expiresInSeconds: 604_800 }, adminId);
    await registry.clock.advance(604_800_000 - 1);
    await expect(
      registry.apps.associations.associate({ associationToken: next.associationToken, name: 'x' }),
    ).resolves.toBeDefined();
    for (const expiresInSeconds of [59, 604_801, 60.5, Number.NaN])
      await expect(registry.apps.associations.createToken(app.id, { expiresInSeconds }, adminId)).rejects.toMatchObject(
        {
          status: 422,
        },
      );
  });

  test('shows on the app when its open token ends or ended, until it is used or void', async () => {
    await using registry = openRegistry();
    const { id } = await registry.apps.create({ name: 'Walks' }, adminId);
    const end = async () => (await registry.apps.get(id)).associationTokenExpiresAt;
    expect(await end()).toBeUndefined();
    await registry.apps.associations.createToken(id, { expiresInSeconds: 60 }, adminId);
    await registry.clock.advance(120_000);
    expect(await end()).toBe('2026-01-01T00:01:00.000Z');
    const { associationToken } = await registry.apps.associations.createToken(id, {}, adminId);
    expect((await registry.apps.list({ limit: 10 })).items[0]?.associationTokenExpiresAt).toBe(
      '2026-01-02T00:02:00.000Z',
    );
    await registry.apps.associations.associate({ associationToken, name: 'x' });
    expect(await end()).toBeUndefined();
    await registry.apps.associations.createToken(id, {}, adminId);
    await registry.apps.revokeToken(id, adminId);
    expect(await end()).toBeUndefined();
  });

  test('is 410 with a token that a newer one voided, also of two made at once', async () => {
    await using registry = openRegistry();
    const app = await registry.apps.create({ name: 'Walks' }, adminId);
    const made = await Promise.all([1, 2, 3].map(() => registry.apps.associations.createToken(app.id, {}, adminId)));
    const outcomes = await Promise.allSettled(
      made.map(({ associationToken }) => registry.apps.associations.associate({ associationToken, name: 'x' })),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  test('anew ends the tokens of the app that was bound before', async () => {
    await using registry = openRegistry();
    const { appId, tokenId } = await associated(registry);
    const { associationToken } = await registry.apps.associations.createToken(appId, {}, adminId);
    expect(await registry.callers.app(appId, tokenId)).toBeDefined();
    const { token } = await registry.apps.associations.associate({ associationToken, name: 'New phone' });
    expect(await registry.callers.app(appId, tokenId)).toBeUndefined();
    expect(await registry.callers.app(appId, readPlainToken(token).tokenId)).toBeDefined();
  });
});

describe('app tokens', () => {
  test('are renewed: the old one works for 24 h more', async () => {
    await using registry = openRegistry();
    const { appId, tokenId } = await associated(registry);
    const renewed = readPlainToken((await registry.apps.tokens.renew({ appId, tokenId })).token).tokenId;
    await registry.clock.advance(day - 1);
    expect(await registry.callers.app(appId, tokenId)).toBeDefined();
    await registry.clock.advance(1);
    expect(await registry.callers.app(appId, tokenId)).toBeUndefined();
    expect(await registry.callers.app(appId, renewed)).toBeDefined();
    await expect(registry.apps.tokens.renew({ appId, tokenId })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('end when they expire, and renewal does not prolong the old one', async () => {
    await using registry = openRegistry();
    const { appId, tokenId } = await associated(registry);
    await registry.clock.advance(tokenLifetimeMs - 1000);
    await registry.apps.tokens.renew({ appId, tokenId });
    await registry.clock.advance(999);
    expect(await registry.callers.app(appId, tokenId)).toBeDefined();
    await registry.clock.advance(1);
    expect(await registry.callers.app(appId, tokenId)).toBeUndefined();
  });

  test('that were revoked have no power at the next call, and the app may be associated anew', async () => {
    await using registry = openRegistry();
    const { appId, tokenId } = await associated(registry);
    const { associationToken: open } = await registry.apps.associations.createToken(appId, {}, adminId);
    expect(await registry.callers.app(appId, tokenId)).toBeDefined();
    await registry.apps.revokeToken(appId, adminId);
    expect(await registry.callers.app(appId, tokenId)).toBeUndefined();
    expect(await registry.apps.get(appId)).toMatchObject({ state: 'waiting' });
    await expect(registry.apps.associations.associate({ associationToken: open, name: 'x' })).rejects.toMatchObject({
      status: 410,
    });
    const { associationToken } = await registry.apps.associations.createToken(appId, {}, adminId);
    const { token } = await registry.apps.associations.associate({ associationToken, name: 'Back again' });
    expect(await registry.callers.app(appId, readPlainToken(token).tokenId)).toBeDefined();
  });

  test('that are renewed while they are revoked leave no live token behind', async () => {
    await using registry = openRegistry();
    const { appId, tokenId } = await associated(registry);
    const outcomes = await Promise.allSettled([
      registry.apps.tokens.renew({ appId, tokenId }),
      registry.apps.revokeToken(appId, adminId),
      registry.apps.tokens.renew({ appId, tokenId }),
    ]);
    expect(outcomes[1].status).toBe('fulfilled');
    const renewed = [outcomes[0], outcomes[2]]
      .filter((outcome) => outcome.status === 'fulfilled')
      .map(({ value }) => readPlainToken(value.token).tokenId);
    for (const id of [tokenId, ...renewed]) expect(await registry.callers.app(appId, id)).toBeUndefined();
  });

  test('of a deleted app stop at once, and its permissions and association token go', async () => {
    await using registry = openRegistry();
    const { appId, tokenId } = await associated(registry);
    await registry.profiles.register('walk', { type: 'object' }, appId);
    const { permission } = await registry.permissions.request(appId, {
      profile: 'walk',
      rights: ['read'],
      message: 'To count.',
    });
    await registry.permissions.decisions.approve(permission.id, adminId);
    const { associationToken } = await registry.apps.associations.createToken(appId, {}, adminId);
    expect(await registry.callers.app(appId, tokenId)).toBeDefined();
    await registry.passing(registry.appRemoval.remove(appId, adminId, 'keep'));
    expect(await registry.callers.app(appId, tokenId)).toBeUndefined();
    expect([...(await registry.permissions.rightsOf({ kind: 'app', appId }, 'walk'))]).toEqual([]);
    await expect(registry.permissions.get(permission.id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(registry.apps.associations.associate({ associationToken, name: 'x' })).rejects.toMatchObject({
      status: 410,
    });
    await expect(registry.apps.tokens.renew({ appId, tokenId })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('are deleted as soon where the clock is set back meanwhile', async () => {
    await using registry = openRegistry();
    const { clock, views } = registry;
    const { appId } = await associated(registry);
    const now = clock.now.bind(clock);
    views.deleteInstancesOfApp = () => {
      clock.now = () => now() - 3_600_000;
      return Promise.resolve(true);
    };
    const began = clock.monotonic();
    await registry.passing(registry.appRemoval.remove(appId, adminId, 'delete'));
    expect(clock.monotonic() - began).toBeLessThan(10_000);
  });

  test('keep the hour of their last use', async () => {
    await using registry = openRegistry();
    const { appId, tokenId } = await associated(registry);
    await registry.clock.advance(5_000_000);
    await registry.callers.app(appId, tokenId);
    await registry.callers.settled();
    expect(await registry.apps.get(appId)).toMatchObject({ lastUsedAt: '2026-01-01T01:00:00.000Z' });
  });

  test('are looked up at once within a second, and anew after it', async () => {
    await using registry = openRegistry();
    const { appId, tokenId } = await associated(registry);
    await registry.callers.app(appId, tokenId);
    await registry.clock.advance(999);
    expect(registry.callers.app(appId, tokenId)).not.toBeInstanceOf(Promise);
    await registry.clock.advance(1);
    expect(registry.callers.app(appId, tokenId)).toBeInstanceOf(Promise);
  });
});
