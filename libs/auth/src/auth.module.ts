import { Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule, DiscoveryService, HttpAdapterHost, MetadataScanner } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { type Clock, CLOCK, type RateLimits } from '@datakeep/kernel';
import { SigningKeys } from '@datakeep/keys';
import { AccessControl } from './policy/access-control.ts';
import { isHandler, policyOf } from './policy/policy.ts';
import { PolicyGuard } from './policy/policy-guard.ts';
import { TokenRevalidator } from './policy/token-revalidator.ts';
import { RateLimiter } from './rate/rate-limiter.ts';
import { TokenAuthenticator } from './tokens/token-authenticator.ts';
import { AdminTokenStrategy, AppTokenStrategy, RunTokenStrategy } from './tokens/token-strategy.ts';
import { VerifiedTokens } from './tokens/verified-tokens.ts';

/**
 * Authentication: guards every route and handler of the application that imports it, and stops its start when a handler
 * has no policy.
 */
@Module({})
export class AuthModule implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly access: AccessControl,
    private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    this.#assertEveryHandlerHasPolicy();
    this.access.install(this.host.httpAdapter.getInstance<FastifyInstance>());
  }

  #assertEveryHandlerHasPolicy(): void {
    const open: string[] = [];
    for (const { metatype } of this.discovery.getControllers()) {
      if (!metatype) continue;
      const prototype = metatype.prototype as Record<string, unknown>;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const method = prototype[name];
        if (isHandler(method) && !policyOf(method)) open.push(`${metatype.name}.${name}`);
      }
    }
    if (open.length > 0)
      throw new Error(`No access policy on ${open.join(', ')}: decorate with @Public(), @ForApps() or @ForAdmin().`);
  }

  /**
   * The rest is injected: `SigningKeys`, the clock, and the directories that find the caller of a token.
   */
  static forRoot(rateLimits: RateLimits | 'off'): DynamicModule {
    return {
      module: AuthModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [
        { provide: RateLimiter, inject: [CLOCK], useFactory: (clock: Clock) => new RateLimiter(rateLimits, clock) },
        {
          provide: VerifiedTokens,
          inject: [SigningKeys, CLOCK],
          useFactory: (keys: SigningKeys, clock: Clock) => new VerifiedTokens(keys, clock),
        },
        AppTokenStrategy,
        AdminTokenStrategy,
        RunTokenStrategy,
        TokenAuthenticator,
        TokenRevalidator,
        AccessControl,
        { provide: APP_GUARD, useClass: PolicyGuard },
      ],
      exports: [RateLimiter, TokenAuthenticator, TokenRevalidator],
    };
  }
}
