import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatakeepError, type RateLimits } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { RateLimiter } from './rate-limiter.ts';

function limiterOf(limits: Partial<RateLimits> | 'off') {
  const clock = new ManualClock();
  const limiter = new RateLimiter(
    limits === 'off' ? limits : { read: 60, write: 60, run: 60, 'sign-in': 60, ...limits },
    clock,
  );
  const ask = (subject: string, rateClass: keyof RateLimits = 'read') => {
    const headers: Record<string, string> = {};
    try {
      limiter.enforce(subject, rateClass, { header: (name, value) => (headers[name] = value) });
      return { headers, retryAfter: undefined };
    } catch (error) {
      if (!(error instanceof DatakeepError) || error.code !== 'rate-limited') throw error;
      return { headers, retryAfter: error.retryAfterSeconds };
    }
  };
  return { clock, ask };
}

const parameter = (header: string | undefined, name: string): number =>
  Number(new RegExp(`;${name}=(\\d+)`).exec(header ?? '')?.[1]);

describe('the rate limiter', () => {
  it('takes n requests at once, refuses the next with its Retry-After, and takes one at t + 1 s', async () => {
    const { clock, ask } = limiterOf({ read: 6 });
    for (let left = 5; left >= 0; left -= 1)
      expect(ask('app').headers).toMatchObject({
        'RateLimit-Policy': '"read";q=6;w=60',
        RateLimit: `"read";r=${left};t=10`,
      });

    const refused = ask('app');
    expect(refused).toEqual({
      headers: { 'RateLimit-Policy': '"read";q=6;w=60', RateLimit: '"read";r=0;t=10' },
      retryAfter: 10,
    });

    await clock.advance(9_999);
    expect(ask('app').retryAfter).toBe(1);
    await clock.advance(1);
    expect(ask('app').retryAfter).toBeUndefined();
    expect(ask('app').retryAfter).toBe(10);
    await clock.advance(11_000);
    expect(ask('app').retryAfter).toBeUndefined();
  });

  it('gives the whole quota back after a minute of silence, and never more', async () => {
    const { clock, ask } = limiterOf({ read: 7 });
    for (let i = 0; i < 20; i += 1) ask('app');
    await clock.advance(600_000);
    const taken = Array.from({ length: 20 }, () => ask('app').retryAfter).filter(
      (retryAfter) => retryAfter === undefined,
    );
    expect(taken).toHaveLength(7);
  });

  it('counts subjects and classes apart', () => {
    const { ask } = limiterOf({ read: 1, write: 1 });
    expect(ask('one').retryAfter).toBeUndefined();
    expect(ask('one', 'write').retryAfter).toBeUndefined();
    expect(ask('two').retryAfter).toBeUndefined();
    expect(ask('one').retryAfter).toBe(60);
    expect(ask('one', 'write').retryAfter).toBe(60);
  });

  it('can count less than one request a minute', async () => {
    const { clock, ask } = limiterOf({ 'sign-in': 10 / 60 });
    expect(ask('address', 'sign-in').headers['RateLimit-Policy']).toBe('"sign-in";q=1;w=360');
    expect(ask('address', 'sign-in').retryAfter).toBe(360);
    await clock.advance(360_000);
    expect(ask('address', 'sign-in').retryAfter).toBeUndefined();
  });

  it('says nothing and refuses nothing when it is off', () => {
    const { ask } = limiterOf('off');
    for (let i = 0; i < 100; i += 1) expect(ask('app')).toEqual({ headers: {}, retryAfter: undefined });
  });

  it('forgets the subject least lately seen beyond 10,000, and no other', () => {
    const { ask } = limiterOf({ read: 1 });
    for (let i = 0; i < 10_001; i += 1) ask(`address ${i}`);
    expect(ask('address 1').retryAfter).toBe(60);
    expect(ask('address 0').retryAfter).toBeUndefined();
  });

  it('is exact at every rate and pause: r requests are taken now, one more after Retry-After', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 20 }),
        async (read, pauses) => {
          const { clock, ask } = limiterOf({ read });
          for (const pause of pauses) {
            await clock.advance(pause);
            const promised = parameter(ask('app').headers['RateLimit'], 'r');
            for (let i = 0; i < promised; i += 1) expect(ask('app').retryAfter).toBeUndefined();
            const { retryAfter, headers } = ask('app');
            expect(retryAfter).toBeGreaterThanOrEqual(parameter(headers['RateLimit'], 't'));
            await clock.advance(retryAfter! * 1000);
            expect(ask('app').retryAfter).toBeUndefined();
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
