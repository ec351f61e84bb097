import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenAuthenticator } from '../tokens/token-authenticator.ts';
import { startGuardedApp } from '../testing/guarded-app.ts';

type Guarded = Awaited<ReturnType<typeof startGuardedApp>>;

const otherApp = 'd'.repeat(24);

describe('a request', () => {
  let guarded: Guarded;
  beforeEach(async () => {
    guarded = await startGuardedApp({ rateLimits: { read: 3, write: 2, run: 2, 'sign-in': 1 } });
  });
  afterEach(() => guarded.close());

  /** The statuses of `count` calls in a row. */
  async function statuses(count: number, method: 'GET' | 'POST', url: string, token?: string): Promise<number[]> {
    const answers: number[] = [];
    for (let i = 0; i < count; i += 1) answers.push((await guarded.send(method, url, token)).statusCode);
    return answers;
  }

  it('of an app is counted for that app: one too many is 429 with three headers, one at t + 1 s passes', async () => {
    const { issue, send, clock } = guarded;
    const token = issue.app('t1');
    expect(await statuses(3, 'GET', '/app', token)).toEqual([200, 200, 200]);

    const refused = await send('GET', '/app', token);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'rate-limited' });
    expect(refused.headers).toMatchObject({
      ratelimit: '"read";r=0;t=20',
      'ratelimit-policy': '"read";q=3;w=60',
      'retry-after': '20',
    });
    expect(await statuses(1, 'GET', '/app', issue.app('t2'))).toEqual([429]);

    await clock.advance(21_000);
    expect((await send('GET', '/app', token)).statusCode).toBe(200);
  });

  it('of one app takes nothing from another app or from the admin', async () => {
    const { issue } = guarded;
    await statuses(4, 'GET', '/app', issue.app('t1'));
    expect(await statuses(1, 'GET', '/admin/apps', issue.admin('s1'))).toEqual([200]);
    expect(await statuses(1, 'GET', '/app', issue.app('t2', null, otherApp))).toEqual([200]);
  });

  it("of a run is counted for the run's app, in the class that the route names", async () => {
    const { issue } = guarded;
    const [app, run] = [issue.app('t1'), issue.run('r1')];
    expect(await statuses(2, 'POST', '/events', run)).toEqual([201, 201]);
    expect(await statuses(2, 'GET', '/app', app)).toEqual([200, 429]);
  });

  it('without a token is counted for its address, and refused there before anything is verified', async () => {
    const { issue, directories, app } = guarded;
    expect(await statuses(4, 'GET', '/app')).toEqual([401, 401, 401, 429]);

    const authenticator = app.get(TokenAuthenticator);
    let verified = 0;
    const callerOf = authenticator.callerOf.bind(authenticator);
    authenticator.callerOf = (...given) => {
      verified += 1;
      return callerOf(...given);
    };
    expect(await statuses(2, 'GET', '/app', 'forged')).toEqual([429, 429]);
    expect(await statuses(1, 'GET', '/app', issue.app('t1'))).toEqual([429]);
    expect([verified, directories.lookups]).toEqual([0, 0]);
  });

  it('with a token found good lately is served although its address is used up by strangers', async () => {
    const token = guarded.issue.app('t1');
    expect(await statuses(1, 'GET', '/app', token)).toEqual([200]);
    expect(await statuses(3, 'GET', '/app', 'forged')).toEqual([401, 401, 429]);
    expect(await statuses(2, 'GET', '/app', token)).toEqual([200, 200]);
  });

  it('with a revoked token is counted for its address', async () => {
    const token = guarded.issue.app('t1');
    await statuses(1, 'GET', '/app', token);
    guarded.directories.live.clear();
    expect(await statuses(3, 'GET', '/app', token)).toEqual([401, 401, 429]);
  });

  it('on a public route is counted for its address in the class that the route names, or not at all', async () => {
    expect(await statuses(2, 'POST', '/sign-in')).toEqual([201, 429]);
    expect(await statuses(4, 'GET', '/public')).toEqual([200, 200, 200, 429]);
    expect(await statuses(9, 'GET', '/health')).toEqual(Array.from({ length: 9 }, () => 200));
  });
});
