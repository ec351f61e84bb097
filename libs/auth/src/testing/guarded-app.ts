import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Catch,
  Controller,
  Delete,
  Get,
  Post,
  type ArgumentsHost,
  type DynamicModule,
  type ExceptionFilter,
  type InjectionToken,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK, DatakeepError, toProblem, type RateLimits } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import {
  type AdminCaller,
  type AppCaller,
  type Caller,
  CALLER_DIRECTORY,
  RUN_DIRECTORY,
  type RunCaller,
} from '@datakeep/contracts';
import { AuthModule } from '../auth.module.ts';
import { FakeDirectories } from './fake-directories.ts';
import { SigningKeys, JwtTokenSigner } from '@datakeep/keys';
import { CurrentCaller } from '../policy/current-caller.ts';
import { ForAdmin, ForApps, Public } from '../policy/policy.ts';

@Controller()
class GuardedController {
  @Get('public')
  @Public()
  open(): string {
    return 'open';
  }

  @Get('health')
  @Public({ rate: 'none' })
  health(): string {
    return 'healthy';
  }

  @Post('sign-in')
  @Public({ rate: 'sign-in' })
  signIn(): string {
    return 'hello';
  }

  @Get('app')
  @ForApps()
  app(@CurrentCaller('app') caller: AppCaller): Caller {
    return caller;
  }

  @Post('events')
  @ForApps({ runs: true, rate: 'read' })
  events(@CurrentCaller('app', 'run') caller: AppCaller | RunCaller): Caller {
    return caller;
  }
}

@Controller('admin')
@ForAdmin()
class GuardedAdminController {
  @Get('apps')
  apps(@CurrentCaller('admin') caller: AdminCaller): Caller {
    return caller;
  }

  @Post('code')
  @ForAdmin({ recent: true })
  registerCode(@CurrentCaller('admin') caller: AdminCaller): Caller {
    return caller;
  }

  @Delete('apps')
  @ForApps()
  exception(): string {
    return 'for apps';
  }
}

/** What the gateway's edge does with an error, in its least form. */
@Catch()
class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const known = DatakeepError.from(error) ?? new DatakeepError('internal');
    const reply = http.getResponse<FastifyReply>();
    if (known.retryAfterSeconds !== undefined) void reply.header('retry-after', String(known.retryAfterSeconds));
    void reply
      .status(known.status)
      .type('application/problem+json')
      .send(toProblem(known, http.getRequest<FastifyRequest>().id));
  }
}

class AuthPartsModule {}

/** What other modules give AuthModule in a keep. */
export function authParts({
  keys,
  clock,
  directories,
}: {
  readonly keys: SigningKeys;
  readonly clock: ManualClock;
  readonly directories: FakeDirectories;
}): DynamicModule {
  const values: [InjectionToken, unknown][] = [
    [SigningKeys, keys],
    [CLOCK, clock],
    [CALLER_DIRECTORY, directories],
    [RUN_DIRECTORY, directories],
  ];
  return {
    module: AuthPartsModule,
    global: true,
    providers: values.map(([provide, useValue]) => ({ provide, useValue })),
    exports: values.map(([token]) => token),
  };
}

export const appId = 'a'.repeat(24);
export const adminId = 'b'.repeat(24);
export const instanceId = 'c'.repeat(24);

/**
 * A small real application behind the guard, with its keys in a temporary folder and a manual clock. For this lib's
 * tests.
 */
export async function startGuardedApp({
  rateLimits = 'off',
  controllers = [],
}: { rateLimits?: RateLimits | 'off'; controllers?: Type[] } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-auth-'));
  const clock = new ManualClock();
  const keys = SigningKeys.open({ dataDir, clock });
  const directories = new FakeDirectories();
  const signer = new JwtTokenSigner(keys);

  const auth = AuthModule.forRoot(rateLimits);
  const root = {
    ...auth,
    imports: [...(auth.imports ?? []), authParts({ keys, clock, directories })],
    controllers: [GuardedController, GuardedAdminController, ...controllers],
  };

  const app = await NestFactory.create<NestFastifyApplication>(
    root,
    new FastifyAdapter({ genReqId: () => 'the-request' }),
    {
      logger: false,
      abortOnError: false,
    },
  );
  const close = async (): Promise<void> => {
    await app.close();
    rmSync(dataDir, { recursive: true });
  };
  app.useGlobalFilters(new ProblemFilter());
  try {
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  } catch (error) {
    await close();
    throw error;
  }

  const inHours = (hours: number): number => clock.now() + hours * 3_600_000;
  const issue = {
    app: (tokenId: string, expiresAt: number | null = inHours(24), id = appId): string => {
      const ends = expiresAt === null ? null : new Date(expiresAt).toISOString();
      directories.live.set(tokenId, { kind: 'app', appId: id, appName: 'Steps', tokenId, tokenExpiresAt: ends });
      return signer.sign('app', id, tokenId, clock.now(), expiresAt);
    },
    admin: (sessionId: string, expiresAt = inHours(8)): string => {
      directories.live.set(sessionId, { kind: 'admin', adminId, adminName: 'admin', sessionId });
      return signer.sign('admin', adminId, sessionId, clock.now(), expiresAt);
    },
    run: (tokenId: string, expiresAt = clock.now() + 10_000): string => {
      directories.live.set(tokenId, {
        kind: 'run',
        runId: tokenId,
        viewInstanceId: instanceId,
        appId,
        profile: 'steps',
      });
      return signer.sign('run', instanceId, tokenId, clock.now(), expiresAt);
    },
  };
  const send = (method: 'GET' | 'POST' | 'DELETE', url: string, token?: string, headers: Record<string, string> = {}) =>
    app.inject({
      method,
      url,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });
  return { app, clock, keys, directories, signer, dataDir, issue, send, close };
}
