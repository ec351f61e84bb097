import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import type { TokenSigner } from '@datakeep/contracts';
import { AuthModule, RateLimiter, SigningKeys, TOKEN_SIGNER, TokenAuthenticator } from './index.ts';
import { FakeDirectories } from './testing.ts';

const DIRECTORIES = Symbol('directories');

@Module({ providers: [{ provide: DIRECTORIES, useClass: FakeDirectories }], exports: [DIRECTORIES] })
class RecordsModule {
  readonly name = 'records';
}

it('AuthModule takes its parts from other modules, and gives signer, keys, authenticator and limiter to all', async () => {
  const clock = new ManualClock();
  const keys = SigningKeys.open({ dataDir: '/nowhere', signingKey: randomBytes(32).toString('base64url'), clock });
  const auth = AuthModule.forRootAsync({
    imports: [RecordsModule],
    inject: [DIRECTORIES],
    useFactory: (directories: FakeDirectories) => ({
      keys,
      clock,
      rateLimits: 'off',
      callers: directories,
      runs: directories,
    }),
  });
  const app = await NestFactory.create<NestFastifyApplication>(auth, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();

  const appId = 'a'.repeat(24);
  app
    .get<FakeDirectories>(DIRECTORIES, { strict: false })
    .live.set('t1', { kind: 'app', appId, appName: 'Steps', tokenId: 't1', tokenExpiresAt: null });
  const token = app.get<TokenSigner>(TOKEN_SIGNER).sign('app', appId, 't1', clock.now(), null);
  expect(await app.get(TokenAuthenticator).callerOf('app', token)).toMatchObject({ appId });
  expect(app.get(SigningKeys)).toBe(keys);
  expect(app.get(RateLimiter)).toBeInstanceOf(RateLimiter);
  await app.close();
});
