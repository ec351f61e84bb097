import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { AuthModule } from './auth.module.ts';
import { SigningKeys, JwtTokenSigner } from '@datakeep/keys';
import { RateLimiter } from './rate/rate-limiter.ts';
import { TokenAuthenticator } from './tokens/token-authenticator.ts';
import { FakeDirectories } from './testing.ts';
import { authParts } from './testing/guarded-app.ts';

it('AuthModule takes its parts from other modules, and gives authenticator and limiter to all', async () => {
  const clock = new ManualClock();
  const keys = SigningKeys.open({ dataDir: '/nowhere', signingKey: randomBytes(32).toString('base64url'), clock });
  const directories = new FakeDirectories();
  const auth = AuthModule.forRoot('off');
  const root = { ...auth, imports: [...(auth.imports ?? []), authParts({ keys, clock, directories })] };
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();

  const appId = 'a'.repeat(24);
  directories.live.set('t1', { kind: 'app', appId, appName: 'Steps', tokenId: 't1', tokenExpiresAt: null });
  const token = new JwtTokenSigner(keys).sign('app', appId, 't1', clock.now(), null);
  expect(await app.get(TokenAuthenticator).callerOf('app', token)).toMatchObject({ appId });
  expect(app.get(RateLimiter)).toBeInstanceOf(RateLimiter);
  await app.close();
});
