import { Module, type DynamicModule, type OnModuleInit, type Provider } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { Clock, RateLimits } from '@datakeep/kernel';
import type { CallerDirectory, RunDirectory } from '@datakeep/contracts';
import { AUTH_CLOCK, CALLER_DIRECTORY, RUN_DIRECTORY, TOKEN_SIGNER } from './injection-tokens.ts';
import { SigningKeys } from './keys/signing-keys.ts';
import { AccessControl } from './policy/access-control.ts';
import { PolicyCheck } from './policy/policy-check.ts';
import { PolicyGuard } from './policy/policy-guard.ts';
import { TokenRevalidator } from './policy/token-revalidator.ts';
import { RateLimiter } from './rate/rate-limiter.ts';
import { TokenAuthenticator } from './tokens/token-authenticator.ts';
import { JwtTokenSigner } from './tokens/token-signer.ts';
import { AdminTokenStrategy, AppTokenStrategy, RunTokenStrategy } from './tokens/token-strategy.ts';
import { VerifiedTokens } from './tokens/verified-tokens.ts';

export interface AuthOptions {
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly rateLimits: RateLimits | 'off';
  /** Finds the caller of an app's or admin's token. */
  readonly callers: CallerDirectory;
  /** Finds the run of a run token. */
  readonly runs: RunDirectory;
}

/**
 * Authentication: guards every route and handler of the application that imports it, and stops its start when a handler
 * has no policy.
 */
@Module({})
export class AuthModule implements OnModuleInit {
  readonly #check: PolicyCheck;
  readonly #access: AccessControl;
  readonly #host: HttpAdapterHost;

  constructor(check: PolicyCheck, access: AccessControl, host: HttpAdapterHost) {
    this.#check = check;
    this.#access = access;
    this.#host = host;
  }

  onModuleInit(): void {
    this.#check.assertEveryHandlerHasPolicy();
    this.#access.install(this.#host.httpAdapter.getInstance<FastifyInstance>());
  }

  /** With the parts at hand. */
  static forRoot(options: AuthOptions): DynamicModule {
    return moduleOf({ provide: AUTH_OPTIONS, useValue: options });
  }

  /** With parts that Nest makes. */
  static forRootAsync<T extends unknown[]>(wiring: {
    imports?: NonNullable<DynamicModule['imports']>;
    inject: NonNullable<Extract<Provider, { useFactory: unknown }>['inject']>;
    useFactory: (...parts: T) => AuthOptions | Promise<AuthOptions>;
  }): DynamicModule {
    return moduleOf(
      {
        provide: AUTH_OPTIONS,
        inject: wiring.inject,
        useFactory: wiring.useFactory as (...parts: unknown[]) => AuthOptions,
      },
      wiring.imports,
    );
  }
}

const AUTH_OPTIONS = Symbol('AuthOptions');

function moduleOf(options: Provider, imports: NonNullable<DynamicModule['imports']> = []): DynamicModule {
  const from = (provide: unknown, make: (given: AuthOptions) => unknown): Provider =>
    ({ provide, inject: [AUTH_OPTIONS], useFactory: make }) as Provider;
  return {
    module: AuthModule,
    global: true,
    imports: [...imports, DiscoveryModule],
    providers: [
      options,
      from(SigningKeys, ({ keys }) => keys),
      from(AUTH_CLOCK, ({ clock }) => clock),
      from(CALLER_DIRECTORY, ({ callers }) => callers),
      from(RUN_DIRECTORY, ({ runs }) => runs),
      from(TOKEN_SIGNER, ({ keys }) => new JwtTokenSigner(keys)),
      from(RateLimiter, ({ rateLimits, clock }) => new RateLimiter(rateLimits, clock)),
      from(VerifiedTokens, ({ keys, clock }) => new VerifiedTokens(keys, clock)),
      AppTokenStrategy,
      AdminTokenStrategy,
      RunTokenStrategy,
      TokenAuthenticator,
      TokenRevalidator,
      AccessControl,
      PolicyCheck,
      { provide: APP_GUARD, useClass: PolicyGuard },
    ],
    exports: [SigningKeys, TOKEN_SIGNER, RateLimiter, TokenAuthenticator, TokenRevalidator, PolicyCheck],
  };
}
