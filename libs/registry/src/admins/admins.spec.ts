import { describe, expect, test } from 'vitest';

import { openRegistry, readPlainToken } from '../testing/registry-bench.ts';
import { PasswordHasher } from './password-hasher.ts';
import { Passwords } from './passwords.ts';

const password = 'correct horse battery staple';
const address = '192.0.2.1';
const minute = 60_000;

type Registry = ReturnType<typeof openRegistry>;

async function withAdmin(): Promise<Registry> {
  const registry = openRegistry();
  await registry.admins.createFirstAdmin('admin', password);
  return registry;
}

async function signIn(registry: Registry): Promise<{ readonly adminId: string; readonly sessionId: string }> {
  const { subject, tokenId } = readPlainToken(
    (await registry.admins.signIn({ name: 'admin', password, address })).token,
  );
  return { adminId: subject, sessionId: tokenId };
}

describe('the first start', () => {
  test('hands out a setup token that makes the admin once', async () => {
    await using registry = openRegistry();
    const setupToken = (await registry.admins.prepareSetup())!;
    expect(setupToken).toMatch(/^dk_setup_/);
    await expect(registry.admins.setUp({ setupToken, name: 'me', password })).resolves.toMatchObject({ name: 'me' });
    await expect(registry.admins.setUp({ setupToken, name: 'me too', password })).rejects.toMatchObject({
      code: 'setup-token-spent',
    });
    expect(await registry.admins.prepareSetup()).toBeUndefined();
    await expect(registry.admins.signIn({ name: 'me', password, address })).resolves.toMatchObject({
      expiresAt: '2026-01-01T08:00:00.000Z',
    });
  });

  test('lets one of two setups with the same token win', async () => {
    await using registry = openRegistry();
    const setupToken = (await registry.admins.prepareSetup())!;
    const outcomes = await Promise.allSettled(
      ['one', 'two'].map((name) => registry.admins.setUp({ setupToken, name, password })),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'setup-token-spent' },
    });
  });

  test('refuses a token that was never made, and the one before the last', async () => {
    await using registry = openRegistry();
    const old = (await registry.admins.prepareSetup())!;
    const live = (await registry.admins.prepareSetup())!;
    for (const setupToken of ['', 'x', old, `${live.slice(0, -1)}${live.endsWith('0') ? '1' : '0'}`])
      await expect(registry.admins.setUp({ setupToken, name: 'me', password })).rejects.toMatchObject({
        code: 'setup-token-unknown',
        status: 401,
      });
  });

  test('tells when an admin was made by the configuration meanwhile', async () => {
    await using registry = openRegistry();
    const setupToken = (await registry.admins.prepareSetup())!;
    await registry.admins.createFirstAdmin('admin', password);
    await expect(registry.admins.setUp({ setupToken, name: 'me', password })).rejects.toMatchObject({
      code: 'already-set-up',
    });
    expect(await registry.admins.createFirstAdmin('another', password)).toBeUndefined();
  });

  test('makes one admin of two at once', async () => {
    await using registry = openRegistry();
    const made = await Promise.all(['one', 'two'].map((name) => registry.admins.createFirstAdmin(name, password)));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  test('demands 15 characters of a password, counted as people do', async () => {
    await using registry = openRegistry();
    const setupToken = (await registry.admins.prepareSetup())!;
    for (const short of ['', 'fourteen chars', '🐎'.repeat(14), 'x'.repeat(257)])
      await expect(registry.admins.setUp({ setupToken, name: 'me', password: short })).rejects.toMatchObject({
        status: 422,
        errors: [{ pointer: '/password' }],
      });
    await expect(registry.admins.setUp({ setupToken, name: 'me', password: '🐎'.repeat(15) })).resolves.toBeDefined();
  });
});

describe('signing in', () => {
  test('gives an unknown name and a wrong password the same answer', async () => {
    await using registry = await withAdmin();
    const answers = await Promise.all(
      [
        { name: 'admin', password: 'wrong horse battery staple' },
        { name: 'nobody', password },
      ].map((attempt, index) =>
        registry.admins
          .signIn({ ...attempt, address: `192.0.2.${index}` })
          .catch((error: unknown) => JSON.stringify(error)),
      ),
    );
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).toContain('sign-in-failed');
  });

  test('hashes with Argon2id at the cost that OWASP names', async () => {
    const hasher = new PasswordHasher();
    const stored = await hasher.hash(password);
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
    expect(await hasher.verify(password, stored)).toBe(true);
    expect(await hasher.verify(`${password}!`, stored)).toBe(false);
    expect(await hasher.verify(password, undefined)).toBe(false);
  });

  test('opens a session that knows its admin, until it is signed out', async () => {
    await using registry = await withAdmin();
    const session = await signIn(registry);
    expect(await registry.callers.admin(session.adminId, session.sessionId)).toMatchObject({
      kind: 'admin',
      adminName: 'admin',
    });
    // A second look within the second is answered at once, without a promise.
    expect(registry.callers.admin(session.adminId, session.sessionId)).not.toBeInstanceOf(Promise);
    expect(await registry.callers.admin('00'.repeat(12), session.sessionId)).toBeUndefined();
    await registry.admins.sessions.signOut(session);
    expect(await registry.callers.admin(session.adminId, session.sessionId)).toBeUndefined();
    await expect(registry.admins.sessions.signOut(session)).resolves.toBeUndefined();
  });

  test('ends a session after 30 idle minutes, which use renews', async () => {
    await using registry = await withAdmin();
    const { adminId, sessionId } = await signIn(registry);
    for (let turn = 0; turn < 4; turn += 1) {
      await registry.clock.advance(29 * minute);
      expect(await registry.callers.admin(adminId, sessionId)).toBeDefined();
      await registry.callers.settled();
    }
    await registry.clock.advance(30 * minute);
    expect(await registry.callers.admin(adminId, sessionId)).toBeUndefined();
  });

  test('ends a session after 8 hours, however busy', async () => {
    await using registry = await withAdmin();
    const { adminId, sessionId } = await signIn(registry);
    for (let minutes = 20; minutes < 480; minutes += 20) {
      await registry.clock.advance(20 * minute);
      expect(await registry.callers.admin(adminId, sessionId)).toBeDefined();
      await registry.callers.settled();
    }
    await registry.clock.advance(20 * minute);
    expect(await registry.callers.admin(adminId, sessionId)).toBeUndefined();
  });
});

describe('hashing', () => {
  test('does two at once, lets a hundred wait, and leaves room to other addresses whatever one sends', async () => {
    const hasher = new PasswordHasher({ memory: 8, passes: 1, parallelism: 1 });
    const finished: string[] = [];
    const verified = async (from: string, count: number): Promise<number> => {
      const attempts = Array.from({ length: count }, () =>
        hasher.verify(password, undefined, from).then(() => finished.push(from)),
      );
      return (await Promise.allSettled(attempts)).filter(({ status }) => status === 'fulfilled').length;
    };
    const [many, one] = [verified('192.0.2.1', 200), verified('192.0.2.2', 1)];
    expect([await many, await one]).toEqual([52, 1]);
    expect(finished.indexOf('192.0.2.2')).toBeLessThan(6);
    expect(await hasher.verify(password, await hasher.hash(password))).toBe(true);
  });
});

describe('guessing', () => {
  const guess = (registry: Registry, from: string, name = 'admin'): Promise<unknown> =>
    registry.admins
      .signIn({ name, password: 'wrong horse battery staple', address: from })
      .catch((error: unknown) => error);

  test('is delayed from the 5th failure on by 1, 2, 4 … 60 s, and the right password works after it', async () => {
    await using registry = await withAdmin();
    for (let failure = 1; failure <= 5; failure += 1)
      expect(await guess(registry, address)).toMatchObject({ code: 'sign-in-failed' });
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      await registry.clock.advance(seconds * 1000 - 1);
      await expect(registry.admins.signIn({ name: 'admin', password, address })).rejects.toMatchObject({
        code: 'sign-in-throttled',
        retryAfterSeconds: 1,
      });
      await registry.clock.advance(1);
      expect(await guess(registry, address)).toMatchObject({ code: 'sign-in-failed' });
    }
    await registry.clock.advance(60_000);
    await expect(registry.admins.signIn({ name: 'admin', password, address })).resolves.toBeDefined();
    expect(await guess(registry, address)).toMatchObject({ code: 'sign-in-failed' });
  });

  test('is slowed per address whatever the name, and a household of IPv6 is one address', async () => {
    await using registry = await withAdmin();
    for (let failure = 0; failure < 5; failure += 1) await guess(registry, '198.51.100.1', `name ${failure}`);
    expect(await guess(registry, '198.51.100.1', 'another')).toMatchObject({ code: 'sign-in-throttled' });
    for (let failure = 0; failure < 5; failure += 1) await guess(registry, `2001:db8::${failure}`, `name ${failure}`);
    expect(await guess(registry, '2001:db8::99', 'another')).toMatchObject({ code: 'sign-in-throttled' });
  });

  test('from many addresses is delayed by the failures of all of them, and does not lock out the owner', async () => {
    await using registry = await withAdmin();
    for (let failure = 0; failure < 100; failure += 1) await guess(registry, `192.0.2.${failure % 20}`);
    await registry.clock.advance(30_000);
    expect(await guess(registry, '192.0.2.7')).toMatchObject({ code: 'sign-in-throttled' });
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await guess(registry, '198.51.100.1')).toMatchObject({ code: 'sign-in-failed' });
      await expect(registry.admins.signIn({ name: 'admin', password, address: '198.51.100.1' })).resolves.toBeDefined();
    }
    expect(await guess(registry, '192.0.2.7')).toMatchObject({ code: 'sign-in-throttled' });
  });

  test('gains nothing from many attempts at once', async () => {
    await using registry = await withAdmin();
    const answers = await Promise.all(Array.from({ length: 50 }, () => guess(registry, address)));
    expect(answers.filter((answer) => (answer as { code: string }).code === 'sign-in-failed')).toHaveLength(5);
  });
});

describe('a new password', () => {
  const newPassword = 'incorrect horse battery staple';

  test('leaves no session behind, not even one that was being started with the former', async () => {
    await using registry = await withAdmin();
    const before = await signIn(registry);
    const [started] = await Promise.all([
      signIn(registry),
      registry.admins.changePassword(before, { current: password, new: newPassword, address }),
    ]);
    for (const session of [before, started])
      expect(await registry.callers.admin(session.adminId, session.sessionId)).toBeUndefined();
    const { items } = await registry.admins.sessions.list(before, { limit: 10 });
    expect(items).toEqual([]);
    await expect(registry.admins.signIn({ name: 'admin', password: newPassword, address })).resolves.toBeDefined();
  });

  test('is set by one of two changes at once', async () => {
    await using registry = await withAdmin();
    const { adminId } = await signIn(registry);
    const outcomes = await Promise.allSettled(
      ['one', 'two'].map((name) =>
        registry.admins.changePassword({ adminId }, { current: password, new: `${name} ${newPassword}`, address }),
      ),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { errors: [{ pointer: '/current', code: 'wrong-password' }] },
    });
  });

  test('is set from the host without the former, which ends every session and is audited', async () => {
    await using registry = openRegistry();
    const passwords = new Passwords(registry);
    await expect(passwords.reset(newPassword)).rejects.toMatchObject({ code: 'not-found' });
    await registry.admins.createFirstAdmin('admin', password);
    const session = await signIn(registry);
    await expect(passwords.reset('short')).rejects.toMatchObject({ code: 'invalid' });
    expect(await registry.callers.admin(session.adminId, session.sessionId)).toBeDefined();
    expect(await passwords.reset(newPassword)).toEqual({ name: 'admin' });
    await registry.clock.advance(1000);
    expect(await registry.callers.admin(session.adminId, session.sessionId)).toBeUndefined();
    await expect(registry.admins.signIn({ name: 'admin', password: newPassword, address })).resolves.toBeDefined();
    const { items } = await registry.audit.list({ action: 'admin.password-reset' }, { limit: 10 });
    expect(items).toMatchObject([{ actor: { kind: 'keep', id: 'host' } }]);
  });
});
