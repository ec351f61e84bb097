import { Injectable } from '@nestjs/common';
import passport from 'passport';
import type { Caller, TokenKind } from '@datakeep/contracts';
import { AdminTokenStrategy, AppTokenStrategy, RunTokenStrategy, type TokenRequest } from './token-strategy.ts';
import { VerifiedTokens } from './verified-tokens.ts';

const passportOptions = { session: false } as const;

/**
 * Runs the passport strategies. Not through `AuthGuard('…')`: that finds strategies by name in passport's one registry
 * per process, where a second keep in the same process (as in tests) would silently take the place of the first, keys
 * and records included; and it writes nine Express members on the request.
 */
@Injectable()
export class TokenAuthenticator {
  readonly #strategies: {
    readonly app: AppTokenStrategy;
    readonly admin: AdminTokenStrategy;
    readonly run: RunTokenStrategy;
  };

  constructor(
    app: AppTokenStrategy,
    admin: AdminTokenStrategy,
    run: RunTokenStrategy,
    private readonly verified: VerifiedTokens,
  ) {
    this.#strategies = { app, admin, run };
  }

  /** What this very token was found good as within the last minute. Its record may be gone since. */
  verifiedKind(token: string): TokenKind | undefined {
    return this.verified.get(token)?.kind;
  }

  /**
   * The caller that the token identifies now, or `undefined`: forged, expired, of another kind or revoked, without
   * saying which. Rejects when the records are unreachable.
   */
  callerOf(kind: TokenKind, token: string): Caller | undefined | Promise<Caller | undefined> {
    const verified = this.verified.get(token);
    return verified?.kind === kind ? this.#strategies[kind].callerOf(verified.claims) : this.#verify(kind, token);
  }

  #verify(kind: TokenKind, token: string): Promise<Caller | undefined> {
    return new Promise((resolve, reject) => {
      // Passport writes its outcome functions on the strategy object: each call needs a separate one.
      const strategy = Object.create(this.#strategies[kind]) as passport.Strategy;
      const request: TokenRequest = { token };
      const outcome = (error: unknown, caller: Caller | false | null | undefined): void => {
        if (error) reject(error);
        else resolve(caller || undefined);
      };
      passport.authenticate(strategy, passportOptions, outcome)(request, undefined, reject);
    });
  }
}
