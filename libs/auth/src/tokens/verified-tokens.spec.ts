import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { SigningKeys } from '@datakeep/keys';
import { VerifiedTokens } from './verified-tokens.ts';

function verifiedTokens() {
  const clock = new ManualClock();
  const keys = SigningKeys.open({ dataDir: '/nowhere', signingKey: randomBytes(32).toString('base64url'), clock });
  const verified = new VerifiedTokens(keys, clock);
  return {
    clock,
    verified,
    add: (token: string, exp?: number) => verified.add('app', token, { sub: 'a', jti: 't', exp }, keys.current),
  };
}

describe('a token found good', () => {
  it('is taken as such for a minute, then verified anew', async () => {
    const { clock, verified, add } = verifiedTokens();
    add('token');
    await clock.advance(59_999);
    expect(verified.get('token')).toMatchObject({ kind: 'app', claims: { sub: 'a', jti: 't', exp: undefined } });
    await clock.advance(1);
    expect(verified.get('token')).toBeUndefined();
  });

  it('is never taken past its end, nor for a text that differs', async () => {
    const { clock, verified, add } = verifiedTokens();
    add('token', clock.now() / 1000 + 10);
    expect(verified.get('token ')).toBeUndefined();
    await clock.advance(9_999);
    expect(verified.get('token')).toBeDefined();
    await clock.advance(1);
    expect(verified.get('token')).toBeUndefined();
  });

  it('makes room for others: 2,000 are remembered', () => {
    const { verified, add } = verifiedTokens();
    for (let i = 0; i <= 2000; i += 1) add(`token ${i}`);
    expect(verified.get('token 0')).toBeUndefined();
    expect(verified.get('token 1')).toBeDefined();
  });
});
