import { createHmac, generateKeyPairSync, randomBytes, sign as signWithPrivateKey } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appId, startGuardedApp } from '../testing/guarded-app.ts';

type Guarded = Awaited<ReturnType<typeof startGuardedApp>>;
type Json = Record<string, unknown>;

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('a token that is not exactly what the keep gave out', () => {
  let guarded: Guarded;
  let good: { header: Json; claims: Json };
  beforeAll(async () => {
    guarded = await startGuardedApp();
  });
  afterAll(() => guarded.close());
  beforeEach(() => {
    const now = guarded.clock.now() / 1000;
    guarded.issue.app('t1');
    good = {
      header: { alg: 'HS256', typ: 'app+jwt', kid: guarded.keys.current.kid },
      claims: { iss: 'datakeep', aud: 'datakeep:app', sub: appId, jti: 't1', iat: now, exp: now + 3600 },
    };
  });

  /**
   * A token with some of the good one's parts changed (`undefined` removes a member), signed with the keep's own key by
   * default.
   */
  function forge(
    header: Json = {},
    claims: Json = {},
    { key = guarded.keys.current.secret.export(), hash = 'sha256' } = {},
  ): string {
    const text = `${encode({ ...good.header, ...header })}.${encode({ ...good.claims, ...claims })}`;
    return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`;
  }
  const ask = (authorization: string) => guarded.app.inject({ url: '/app', headers: { authorization } });

  const forgeries: Record<string, () => string> = {
    'of algorithm none, unsigned': () => `${encode({ ...good.header, alg: 'none' })}.${encode(good.claims)}.`,
    'of algorithm NONE, unsigned': () => `${encode({ ...good.header, alg: 'NONE' })}.${encode(good.claims)}.`,
    'of algorithm nOnE, with a signature': () => forge({ alg: 'nOnE' }),
    'of no algorithm': () => forge({ alg: undefined }),
    'of an algorithm that is no string': () => forge({ alg: ['HS256'] }),
    'of HS384 under the right key': () => forge({ alg: 'HS384' }, {}, { hash: 'sha384' }),
    'of HS512 under the right key': () => forge({ alg: 'HS512' }, {}, { hash: 'sha512' }),
    'of RS256': () => {
      const text = `${encode({ ...good.header, alg: 'RS256' })}.${encode(good.claims)}`;
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      return `${text}.${signWithPrivateKey('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
    'signed with another key': () => forge({}, {}, { key: randomBytes(32) }),
    'signed with an empty key': () => forge({}, {}, { key: Buffer.alloc(0) }),
    'with its claims changed after signing': () => {
      const [header, , signature] = forge().split('.');
      return `${header}.${encode({ ...good.claims, sub: 'f'.repeat(24) })}.${signature}`;
    },
    'with its signature cut off': () => forge().split('.').slice(0, 2).join('.'),
    'with an empty signature': () => `${forge().split('.').slice(0, 2).join('.')}.`,
    'without typ': () => forge({ typ: undefined }),
    'with typ JWT': () => forge({ typ: 'JWT' }),
    'with the typ of an admin': () => forge({ typ: 'admin+jwt' }),
    'without aud': () => forge({}, { aud: undefined }),
    'with the aud of an admin': () => forge({}, { aud: 'datakeep:admin' }),
    'with a list of auds': () => forge({}, { aud: ['datakeep:app', 'datakeep:admin'] }),
    'without iss': () => forge({}, { iss: undefined }),
    'with another iss': () => forge({}, { iss: 'https://example.org' }),
    'without sub': () => forge({}, { sub: undefined }),
    'with a sub that is an object': () => forge({}, { sub: { $ne: null } }),
    'without jti': () => forge({}, { jti: undefined }),
    'with the jti of no record': () => forge({}, { jti: 't2' }),
    'of another app than its record': () => forge({}, { sub: 'f'.repeat(24) }),
    'whose exp is now': () => forge({}, { exp: good.claims['iat'] }),
    'whose exp is past': () => forge({}, { exp: Number(good.claims['iat']) - 1 }),
    'without exp, though its record has an end': () => forge({}, { exp: undefined }),
    'with a null exp': () => forge({}, { exp: null }),
    'with an exp that is text': () => forge({}, { exp: '9999999999' }),
    'with an nbf in the future': () => forge({}, { nbf: Number(good.claims['iat']) + 60 }),
    'with permissions of its own': () => forge({}, { rights: ['read'] }),
    'without kid': () => forge({ kid: undefined }),
    'with a kid that is a path': () => forge({ kid: '../keys/signing-keys.json' }),
    'with a kid that is /dev/null, signed with nothing': () =>
      forge({ kid: '/dev/null' }, {}, { key: Buffer.alloc(0) }),
    'with a kid that is __proto__': () => forge({ kid: '__proto__' }),
    'with a kid that is a number': () => forge({ kid: 0 }),
    'with a jku': () => forge({ jku: 'https://example.org/keys.json' }),
    'with an x5u': () => forge({ x5u: 'https://example.org/cert.pem' }),
    'with a key of its own (jwk)': () => {
      const key = randomBytes(32);
      return forge({ jwk: { kty: 'oct', k: key.toString('base64url') } }, {}, { key });
    },
    'with crit': () => forge({ crit: ['b64'], b64: false }),
    'with a header that is no JSON': () => `${encode('{')}.${encode(good.claims)}.AAAA`,
    'with a header that is null': () => `${encode('null')}.${encode(good.claims)}.AAAA`,
    'with claims that are null': () => `${encode(good.header)}.${encode('null')}.AAAA`,
    'that is {}': () => '{}',
    'that is two dots': () => '..',
    'that is a JWE': () => `${encode({ alg: 'dir', enc: 'A256GCM', kid: guarded.keys.current.kid })}..AAAA.AAAA.AAAA`,
    'of 15,000 characters': () => `${'A'.repeat(15_000)}`,
    'with something behind it': () => `${forge()} x`,
    'that comes twice': () => `${forge()}, Bearer ${forge()}`,
  };

  it.each(Object.keys(forgeries))('gets the one answer of all strangers: %s', async (name) => {
    const stranger = await guarded.send('GET', '/app');
    const answer = await ask(`Bearer ${forgeries[name]!()}`);
    expect(answer.statusCode).toBe(401);
    expect(answer.body).toBe(stranger.body);
  });

  it('is what this test says: the unchanged one is let in', async () => {
    expect((await ask(`Bearer ${forge()}`)).statusCode).toBe(200);
    expect((await ask(`bearer ${forge()}`)).statusCode).toBe(200);
  });

  it.each([
    ['admin', '/admin/apps', 'b'],
    ['run', '/events', 'c'],
  ] as const)('is refused without exp when it is of the kind %s', async (kind, url, subject) => {
    guarded.issue[kind]('id');
    const claims = { aud: `datakeep:${kind}`, sub: subject.repeat(24), jti: 'id' };
    const method = kind === 'admin' ? 'GET' : 'POST';
    expect((await guarded.send(method, url, forge({ typ: `${kind}+jwt` }, claims))).statusCode).toBeLessThan(300);
    expect(
      (await guarded.send(method, url, forge({ typ: `${kind}+jwt` }, { ...claims, exp: undefined }))).statusCode,
    ).toBe(401);
  });

  it.each(['Basic', 'JWT', 'XBearer', ''])('is not looked for under the scheme %j', async (scheme) => {
    expect((await ask(`${scheme} ${forge()}`.trim())).statusCode).toBe(401);
  });

  it('gets the same answer whatever JSON it is made of', async () => {
    const part = fc.oneof(
      fc.json(),
      fc.json().map((json) => json.replaceAll('"', '')),
      fc.constant(JSON.stringify({ alg: 'HS256', typ: 'JWT' })),
    );
    await fc.assert(
      fc.asyncProperty(part, part, fc.boolean(), async (header, claims, signed) => {
        const text = `${encode(header)}.${encode(claims)}`;
        const signature = signed
          ? createHmac('sha256', guarded.keys.current.secret.export()).update(text).digest('base64url')
          : 'AAAA';
        expect((await ask(`Bearer ${text}.${signature}`)).statusCode).toBe(401);
      }),
      { numRuns: 200 },
    );
  });

  it('gets the same answer when well signed, whatever its claims and header are beside the key id', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('typ', 'cty', 'crit', 'b64'), fc.jsonValue(), { minKeys: 1 }),
        fc.jsonValue(),
        async (header, claims) => {
          const text = `${encode({ ...good.header, ...header })}.${encode(JSON.stringify(claims))}`;
          const signature = createHmac('sha256', guarded.keys.current.secret.export()).update(text).digest('base64url');
          expect((await ask(`Bearer ${text}.${signature}`)).statusCode).toBe(401);
        },
      ),
      { numRuns: 200 },
    );
  });
});
