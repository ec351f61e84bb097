import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { describe, expect, test } from 'vitest';
import { openRegistry } from '../testing/registry-bench.ts';
import { Passwords } from './passwords.ts';

const password = 'correct horse battery staple';
const address = '192.0.2.1';
const step = 30_000;

type Registry = ReturnType<typeof openRegistry>;

/** The admin's id, and a code as an authenticator app would show it at the keep's time, so many steps later. */
interface Factor {
  readonly adminId: string;
  readonly codeAt: (steps?: number) => string;
  readonly recoveryCodes: readonly string[];
}

async function withAdmin(): Promise<{ readonly registry: Registry; readonly adminId: string }> {
  const registry = openRegistry();
  const { adminId } = (await registry.admins.createFirstAdmin('admin', password))!;
  return { registry, adminId };
}

async function enable(registry: Registry, adminId: string): Promise<Factor> {
  const { secret } = await registry.admins.secondFactor.begin(adminId, { password, address });
  const app = new TOTP({ secret });
  const codeAt = (steps = 0): string => app.generate({ timestamp: registry.clock.now() + steps * step });
  const recoveryCodes = await registry.admins.secondFactor.confirm(adminId, codeAt());
  await registry.clock.advance(step);
  return { adminId, codeAt, recoveryCodes };
}

const signIn = (registry: Registry, code?: string, from = address): Promise<unknown> =>
  registry.admins.signIn({ name: 'admin', password, code, address: from });

describe('a second factor', () => {
  test('counts only once a code of the authenticator app was seen', async () => {
    const { registry, adminId } = await withAdmin();
    await using _closing = registry;
    const { secondFactor } = registry.admins;
    expect(await secondFactor.state(adminId)).toEqual({ enabledAt: null, recoveryCodesLeft: 0 });
    const { secret, uri } = await secondFactor.begin(adminId, { password, address });
    expect(uri).toBe(
      `otpauth://totp/Datakeep:admin?issuer=Datakeep&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    );
    await expect(secondFactor.confirm(adminId, '000000')).rejects.toMatchObject({
      errors: [{ pointer: '/code', code: 'wrong-code' }],
    });
    await expect(signIn(registry)).resolves.toBeDefined();
    const { codeAt, recoveryCodes } = await enable(registry, adminId);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(recoveryCodes.every((code) => /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(code))).toBe(true);
    expect(await secondFactor.state(adminId)).toMatchObject({ recoveryCodesLeft: 10 });
    await expect(signIn(registry)).rejects.toMatchObject({ code: 'second-factor-required', status: 401 });
    await expect(signIn(registry, codeAt())).resolves.toBeDefined();
    const { items } = await registry.admins.sessions.list({ adminId, sessionId: '' }, { limit: 10 });
    expect(items.map(({ method }) => method)).toEqual(['password+code', 'password']);
    await expect(secondFactor.begin(adminId, { password, address })).rejects.toMatchObject({
      code: 'second-factor-enabled',
    });
  });

  test('cannot be begun without the password, nor confirmed ten minutes later', async () => {
    const { registry, adminId } = await withAdmin();
    await using _closing = registry;
    const { secondFactor } = registry.admins;
    await expect(secondFactor.confirm(adminId, '123456')).rejects.toMatchObject({ code: 'not-found' });
    await expect(secondFactor.begin(adminId, { password: 'wrong', address })).rejects.toMatchObject({
      errors: [{ pointer: '/password', code: 'wrong-password' }],
    });
    const { secret } = await secondFactor.begin(adminId, { password, address });
    await registry.clock.advance(10 * 60_000);
    const late = new TOTP({ secret }).generate({ timestamp: registry.clock.now() });
    await expect(secondFactor.confirm(adminId, late)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('takes each code once, with one step of drift either way and no more', async () => {
    const { registry, adminId } = await withAdmin();
    await using _closing = registry;
    const { codeAt } = await enable(registry, adminId);
    await registry.clock.advance(4 * step);
    for (const beyond of [-2, 2])
      await expect(signIn(registry, codeAt(beyond))).rejects.toMatchObject({ code: 'second-factor-wrong' });
    const early = codeAt(-1);
    await expect(signIn(registry, early)).resolves.toBeDefined();
    await expect(signIn(registry, early)).rejects.toMatchObject({ code: 'second-factor-wrong' });
    const next = codeAt(1);
    await expect(signIn(registry, ` ${next.slice(0, 3)} ${next.slice(3)}`)).resolves.toBeDefined();
    // A code of an earlier step than one that was used is void with it.
    await expect(signIn(registry, codeAt())).rejects.toMatchObject({ code: 'second-factor-wrong' });
  });

  test('lets one of two sign-ins with the same code in', async () => {
    const { registry, adminId } = await withAdmin();
    await using _closing = registry;
    const { codeAt, recoveryCodes } = await enable(registry, adminId);
    for (const code of [codeAt(), recoveryCodes[0]!]) {
      const outcomes = await Promise.allSettled(['192.0.2.2', '192.0.2.3'].map((from) => signIn(registry, code, from)));
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    }
  });

  test('gives way to each of ten recovery codes once, however it is typed', async () => {
    const { registry, adminId } = await withAdmin();
    await using _closing = registry;
    const { codeAt, recoveryCodes } = await enable(registry, adminId);
    const typed = (code: string, index: number): string =>
      [code, code.toLowerCase(), code.replaceAll('-', ' '), code.replaceAll('0', 'o').replaceAll('1', 'l')][index % 4]!;
    for (const [index, code] of recoveryCodes.entries())
      await expect(signIn(registry, typed(code, index))).resolves.toBeDefined();
    expect(await registry.admins.secondFactor.state(adminId)).toMatchObject({ recoveryCodesLeft: 0 });
    await expect(signIn(registry, recoveryCodes[0])).rejects.toMatchObject({ code: 'second-factor-wrong' });
    const eleventh = 'ABCD-EFGH-JKMN-PQRS';
    await expect(signIn(registry, eleventh)).rejects.toMatchObject({ code: 'second-factor-wrong' });
    await registry.clock.advance(60_000);
    const renewed = await registry.admins.secondFactor.renewRecoveryCodes(adminId, {
      password,
      code: codeAt(),
      address,
    });
    expect(renewed.some((code) => recoveryCodes.includes(code))).toBe(false);
    await expect(signIn(registry, renewed[3])).resolves.toBeDefined();
    const { items } = await registry.audit.list({ action: 'admin.recovery-code-used' }, { limit: 20 });
    expect(items).toHaveLength(11);
  });

  test('is guessed no faster from many addresses, while a recovery code works at once', async () => {
    const { registry, adminId } = await withAdmin();
    await using _closing = registry;
    const { codeAt, recoveryCodes } = await enable(registry, adminId);
    const wrong = codeAt(9);
    for (let from = 1; from <= 5; from += 1)
      await expect(signIn(registry, wrong, `198.51.100.${from}`)).rejects.toMatchObject({
        code: 'second-factor-wrong',
      });
    await expect(signIn(registry, codeAt(), '198.51.100.6')).rejects.toMatchObject({
      code: 'sign-in-throttled',
      retryAfterSeconds: 1,
    });
    await expect(signIn(registry, recoveryCodes[0], '198.51.100.7')).resolves.toBeDefined();
    await registry.clock.advance(1000);
    await expect(signIn(registry, codeAt(), '198.51.100.8')).resolves.toBeDefined();
  });

  test('is turned off with password and code, and by who has the host', async () => {
    const { registry, adminId } = await withAdmin();
    await using _closing = registry;
    const { secondFactor } = registry.admins;
    await expect(secondFactor.disable(adminId, { password, code: '123456', address })).rejects.toMatchObject({
      code: 'not-found',
    });
    const first = await enable(registry, adminId);
    await expect(secondFactor.disable(adminId, { password, code: '000000', address })).rejects.toMatchObject({
      errors: [{ pointer: '/code', code: 'wrong-code' }],
    });
    await secondFactor.disable(adminId, { password, code: first.codeAt(), address });
    await expect(signIn(registry)).resolves.toBeDefined();
    await enable(registry, adminId);
    const newPassword = 'incorrect horse battery staple';
    await new Passwords(registry).reset(newPassword);
    await expect(registry.admins.signIn({ name: 'admin', password: newPassword, address })).resolves.toBeDefined();
  });

  test('leaves no recovery code in the files or the log', async () => {
    const { registry, adminId } = await withAdmin();
    await using _closing = registry;
    const { recoveryCodes } = await enable(registry, adminId);
    await signIn(registry, recoveryCodes[0]);
    const files = readdirSync(registry.folder).map((file) => readFileSync(join(registry.folder, file), 'latin1'));
    // The scan works: what is no secret is found.
    expect(files.some((content) => content.includes('recoveryHashes'))).toBe(true);
    for (const code of recoveryCodes.flatMap((text) => [text, text.replaceAll('-', '')]))
      for (const content of [...files, ...registry.logLines]) expect(content).not.toContain(code);
  });
});
