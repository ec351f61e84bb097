import { TOTP } from 'otpauth';
import { describe, expect, test } from 'vitest';
import { openRegistry } from '../testing/registry-bench.ts';
import { type Misdeed, SoftwareAuthenticator } from '../testing/software-authenticator.ts';
import { maxPasskeys } from './passkeys.ts';
import { Passwords } from './passwords.ts';

const password = 'correct horse battery staple';
const address = '192.0.2.1';
const minute = 60_000;
const rp = { id: 'keep.example', origin: 'https://keep.example' };

type Registry = ReturnType<typeof openRegistry>;

async function withAdmin() {
  const registry = openRegistry();
  const { adminId } = (await registry.admins.createFirstAdmin('admin', password))!;
  return { registry, adminId, passkeys: registry.admins.passkeys };
}

async function withPasskey() {
  const made = await withAdmin();
  const { authenticator, passkey } = await add(made.registry, made.adminId);
  return { ...made, authenticator, passkey };
}

/** A passkey of a new authenticator. Each challenge is of a later millisecond than the one before. */
async function add(registry: Registry, adminId: string, name = 'Laptop') {
  const { passkeys } = registry.admins;
  const authenticator = new SoftwareAuthenticator(rp.origin);
  await registry.clock.advance(1);
  const options = await passkeys.beginRegistration(adminId, { password, address }, rp);
  const credential = authenticator.create(options);
  const passkey = await passkeys.register(adminId, { name, credential }, rp);
  return { authenticator, passkey, credential };
}

async function signIn(registry: Registry, authenticator: SoftwareAuthenticator, misdeed: Misdeed = {}) {
  await registry.clock.advance(1);
  const options = await registry.admins.passkeys.signInOptions(rp);
  return registry.admins.signInWithPasskey(authenticator.get(options, misdeed), rp, { address });
}

const refused = { code: 'passkey-refused', status: 401 };
const wrong = { status: 422, errors: [{ pointer: '/credential', code: 'wrong-passkey' }] };

describe('a passkey', () => {
  test('signs in by itself, where a second factor is on too, and says when', async () => {
    const { registry, adminId, passkeys, authenticator, passkey } = await withPasskey();
    await using _closing = registry;
    expect(passkey).toMatchObject({ name: 'Laptop', lastUsedAt: null, rpId: rp.id, usable: true });
    const { secret } = await registry.admins.secondFactor.begin(adminId, { password, address });
    await registry.admins.secondFactor.confirm(
      adminId,
      new TOTP({ secret }).generate({ timestamp: registry.clock.now() }),
    );
    await registry.clock.advance(minute);
    const { token } = await signIn(registry, authenticator);
    const { items } = await registry.admins.sessions.list({ adminId, sessionId: '' }, { limit: 10 });
    expect(items).toMatchObject([{ name: 'Another client', method: 'passkey' }]);
    const [, subject = '', sessionId = ''] = token.split('|');
    expect(await registry.callers.admin(subject, sessionId)).toMatchObject({ adminName: 'admin' });
    expect(await passkeys.list(adminId, rp.id)).toMatchObject([{ id: passkey.id, lastUsedAt: expect.any(String) }]);
    expect(await passkeys.list(adminId, 'other.example')).toMatchObject([{ usable: false }]);
    expect(await passkeys.list(adminId, undefined)).toMatchObject([{ usable: false }]);
  });

  test('signs in after a clock that ran ahead was set back, and then once with each challenge', async () => {
    const { registry, passkeys, authenticator } = await withPasskey();
    await using _closing = registry;
    registry.clock.set(24 * 60 * minute);
    await signIn(registry, authenticator);
    registry.clock.set(-24 * 60 * minute);
    await registry.clock.advance(minute);
    const credential = authenticator.get(await passkeys.signInOptions(rp));
    await expect(passkeys.check(credential, rp)).resolves.toBeDefined();
    await expect(passkeys.check(credential, rp)).rejects.toMatchObject({ code: 'passkey-refused' });
  });

  test('is made for this admin, with a resident key, and verifies the person', async () => {
    const { registry, adminId, passkeys, authenticator } = await withPasskey();
    await using _closing = registry;
    const options = await passkeys.beginRegistration(adminId, { password, address }, rp);
    expect(options).toMatchObject({
      rp: { id: 'keep.example' },
      user: { id: Buffer.from(adminId, 'hex').toString('base64url'), name: 'admin' },
      attestation: 'none',
      excludeCredentials: [{ id: authenticator.id }],
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    });
    const { allowCredentials = [], ...asked } = await passkeys.signInOptions(rp);
    expect(asked).toMatchObject({ rpId: 'keep.example', userVerification: 'required' });
    expect(allowCredentials).toEqual([]);
  });

  test('is begun with the password, and the code where a second factor is on', async () => {
    const { registry, adminId, passkeys } = await withAdmin();
    await using _closing = registry;
    await expect(passkeys.beginRegistration(adminId, { password: 'wrong', address }, rp)).rejects.toMatchObject({
      errors: [{ pointer: '/password' }],
    });
    const { secret } = await registry.admins.secondFactor.begin(adminId, { password, address });
    const code = (): string => new TOTP({ secret }).generate({ timestamp: registry.clock.now() });
    await registry.admins.secondFactor.confirm(adminId, code());
    await expect(passkeys.beginRegistration(adminId, { password, address }, rp)).rejects.toMatchObject({
      errors: [{ pointer: '/code' }],
    });
    await registry.clock.advance(minute);
    await expect(passkeys.beginRegistration(adminId, { password, address, code: code() }, rp)).resolves.toBeDefined();
  });

  test.each<[string, Misdeed]>([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of the origin on another port', { origin: 'https://keep.example:8443' }],
    ['of another relying party', { rpId: 'evil.example' }],
    ['with a challenge of its own', { challenge: Buffer.alloc(54, 7).toString('base64url') }],
    ['without verification of the person', { verified: false }],
    ['made by a sign-in', { type: 'webauthn.get' }],
    ['under another id than the one attested', { id: 'AAAA' }],
    ['with a certificate', { attestation: { fmt: 'packed', attStmt: new Map([['x5c', 'a certificate']]) } }],
    ['of an unknown attestation', { attestation: { fmt: 'new' } }],
  ])('%s is not registered', async (_what, misdeed) => {
    const { registry, adminId, passkeys } = await withAdmin();
    await using _closing = registry;
    const options = await passkeys.beginRegistration(adminId, { password, address }, rp);
    const credential = new SoftwareAuthenticator(rp.origin).create(options, misdeed);
    await expect(passkeys.register(adminId, { name: 'Laptop', credential }, rp)).rejects.toMatchObject(wrong);
    expect(await passkeys.list(adminId, rp.id)).toEqual([]);
  });

  test('is refused at registration when it is no answer of a browser at all', async () => {
    const { registry, adminId, passkeys } = await withAdmin();
    await using _closing = registry;
    const options = await passkeys.beginRegistration(adminId, { password, address }, rp);
    const whole = new SoftwareAuthenticator(rp.origin).create(options);
    const { response } = whole;
    for (const credential of [
      null,
      {},
      { ...whole, id: 7 },
      { ...whole, response: null },
      { ...whole, response: { ...response, attestationObject: 'not/base64url' } },
      { ...whole, response: { ...response, attestationObject: 'A'.repeat(20_000) } },
      { ...whole, response: { ...response, attestationObject: Buffer.alloc(9000, 0x81).toString('base64url') } },
      { ...whole, response: { ...response, clientDataJSON: 'AAAA' } },
    ])
      await expect(passkeys.register(adminId, { name: 'Laptop', credential }, rp)).rejects.toMatchObject(wrong);
    await expect(passkeys.register(adminId, { name: ' ', credential: whole }, rp)).rejects.toMatchObject({
      errors: [{ pointer: '/name' }],
    });
    await expect(passkeys.register(adminId, { name: 'Laptop', credential: whole }, rp)).resolves.toBeDefined();
  });

  test('is registered once, within five minutes, and for the admin that asked', async () => {
    const { registry, adminId, passkeys } = await withAdmin();
    await using _closing = registry;
    const options = await passkeys.beginRegistration(adminId, { password, address }, rp);
    const late = new SoftwareAuthenticator(rp.origin).create(options);
    const signInChallenge = await passkeys.signInOptions(rp);
    const other = new SoftwareAuthenticator(rp.origin).create({ ...options, ...signInChallenge, rp: { id: rp.id } });
    await expect(passkeys.register(adminId, { name: 'Phone', credential: other }, rp)).rejects.toMatchObject(wrong);
    await registry.clock.advance(5 * minute);
    await expect(passkeys.register(adminId, { name: 'Late', credential: late }, rp)).rejects.toMatchObject(wrong);
    const { passkey, credential } = await add(registry, adminId);
    await expect(passkeys.register(adminId, { name: 'Again', credential }, rp)).rejects.toMatchObject(wrong);
    // The answer that was given before the removal does not bring it back.
    await passkeys.remove(adminId, passkey.id, { password, address });
    await expect(passkeys.register(adminId, { name: 'Again', credential }, rp)).rejects.toMatchObject(wrong);
    expect(await passkeys.list(adminId, rp.id)).toEqual([]);
  });

  test.each<[string, Misdeed]>([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of plain http', { origin: 'http://keep.example' }],
    ['of another relying party', { rpId: 'evil.example' }],
    ['with a challenge of its own', { challenge: Buffer.alloc(54, 7).toString('base64url') }],
    ['without verification of the person', { verified: false }],
    ['made by a registration', { type: 'webauthn.create' }],
    ['under an unknown id', { id: 'AAAA' }],
    ['of an unknown admin', { userHandle: Buffer.alloc(12, 1).toString('base64url') }],
    ['of what is no admin', { userHandle: 'AAAA' }],
    ['with another signature', { signature: Buffer.alloc(70, 1).toString('base64url') }],
    ['whose counter went back', { counter: 1 }],
    ['whose counter stood still', { counter: 7 }],
  ])('%s does not sign in, and nothing is changed', async (_what, misdeed) => {
    const { registry, adminId, passkeys, authenticator } = await withPasskey();
    await using _closing = registry;
    authenticator.counter = 6;
    await signIn(registry, authenticator);
    const before = await passkeys.list(adminId, rp.id);
    await registry.clock.advance(minute);
    await expect(signIn(registry, authenticator, misdeed)).rejects.toMatchObject(refused);
    expect(await passkeys.list(adminId, rp.id)).toEqual(before);
    await expect(signIn(registry, authenticator)).resolves.toBeDefined();
  });

  test('signs in once with each challenge, within five minutes, and one of two at once', async () => {
    const { registry, passkeys, authenticator } = await withPasskey();
    await using _closing = registry;
    await registry.clock.advance(1);
    const [first, late] = [await passkeys.signInOptions(rp), await passkeys.signInOptions(rp)];
    const answer = authenticator.get(first);
    const both = [answer, authenticator.get(first)];
    const outcomes = await Promise.allSettled(
      both.map((one) => registry.admins.signInWithPasskey(one, rp, { address })),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    for (const again of [answer, authenticator.get(first)])
      await expect(registry.admins.signInWithPasskey(again, rp, { address })).rejects.toMatchObject(refused);
    await registry.clock.advance(5 * minute);
    await expect(registry.admins.signInWithPasskey(authenticator.get(late), rp, { address })).rejects.toMatchObject(
      refused,
    );
    for (const nonsense of [undefined, null, [], {}, { id: 'AAAA', response: {} }])
      await expect(registry.admins.signInWithPasskey(nonsense, rp, { address })).rejects.toMatchObject(refused);
  });

  test('of an authenticator that counts nothing signs in again and again', async () => {
    const { registry, authenticator } = await withPasskey();
    await using _closing = registry;
    for (let turn = 0; turn < 3; turn += 1)
      await expect(signIn(registry, authenticator, { counter: 0 })).resolves.toBeDefined();
  });

  test('of a domain that the keep had before does not sign in', async () => {
    const { registry, passkeys, authenticator } = await withPasskey();
    await using _closing = registry;
    await registry.clock.advance(1);
    const moved = { id: 'moved.example', origin: 'https://moved.example' };
    const options = await passkeys.signInOptions(moved);
    const answer = authenticator.get(options, { origin: moved.origin, rpId: moved.id });
    await expect(registry.admins.signInWithPasskey(answer, moved, { address })).rejects.toMatchObject(refused);
  });

  test('is renamed, and removed with the password, which ends no session and is audited', async () => {
    const { registry, adminId, passkeys, authenticator, passkey } = await withPasskey();
    await using _closing = registry;
    const { token } = await signIn(registry, authenticator);
    expect(await passkeys.rename(adminId, passkey.id, 'Old laptop', rp.id)).toMatchObject({ name: 'Old laptop' });
    await expect(passkeys.rename(adminId, 'ff'.repeat(12), 'None', rp.id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(passkeys.remove(adminId, 'ff'.repeat(12), { password, address })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(passkeys.remove(adminId, passkey.id, { password: 'wrong', address })).rejects.toMatchObject({
      errors: [{ pointer: '/password' }],
    });
    await passkeys.remove(adminId, passkey.id, { password, address });
    expect(await passkeys.list(adminId, rp.id)).toEqual([]);
    await expect(signIn(registry, authenticator)).rejects.toMatchObject(refused);
    expect(await registry.callers.admin(adminId, token.split('|')[2]!)).toBeDefined();
    const { items } = await registry.audit.list({}, { limit: 20 });
    expect(items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['passkey.added', 'passkey.renamed', 'passkey.removed', 'session.started']),
    );
  });

  test(`is one of ${maxPasskeys} at most`, async () => {
    const { registry, adminId, passkeys } = await withAdmin();
    await using _closing = registry;
    for (let made = 1; made < maxPasskeys; made += 1) await add(registry, adminId, `Key ${made}`);
    await registry.clock.advance(1);
    const options = await passkeys.beginRegistration(adminId, { password, address }, rp);
    await add(registry, adminId, 'The last');
    const credential = new SoftwareAuthenticator(rp.origin).create(options);
    await expect(passkeys.register(adminId, { name: 'Beyond', credential }, rp)).rejects.toMatchObject({
      code: 'passkeys-full',
      status: 409,
    });
    await expect(passkeys.beginRegistration(adminId, { password, address }, rp)).rejects.toMatchObject({
      code: 'passkeys-full',
    });
    expect(await passkeys.list(adminId, rp.id)).toHaveLength(maxPasskeys);
  });

  test('is gone after a reset of the password on the host', async () => {
    const { registry, adminId, passkeys, authenticator } = await withPasskey();
    await using _closing = registry;
    await new Passwords(registry).reset('incorrect horse battery staple');
    expect(await passkeys.list(adminId, rp.id)).toEqual([]);
    await expect(signIn(registry, authenticator)).rejects.toMatchObject(refused);
  });
});
