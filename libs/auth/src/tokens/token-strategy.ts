import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy, type StrategyOptionsWithRequest } from 'passport-jwt';
import { type Clock, CLOCK } from '@datakeep/kernel';
import {
  type Caller,
  CALLER_DIRECTORY,
  type CallerDirectory,
  RUN_DIRECTORY,
  type RunDirectory,
  type TokenKind,
} from '@datakeep/contracts';
import { SigningKeys, issuer, tokenKinds, type TokenClaims } from '@datakeep/keys';
import { peekHeader } from './bearer-token.ts';
import { isPast, VerifiedTokens } from './verified-tokens.ts';

/** The request that a strategy gets: the token alone, so that nothing else of a request can stand in for it. */
export interface TokenRequest {
  readonly token: string;
}

/** What jsonwebtoken gives with `complete: true`. */
interface CompleteJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

const claimNames = new Set(['iss', 'aud', 'sub', 'jti', 'iat', 'exp']);
const headerNames = new Set(['alg', 'typ', 'kid']);

/** One kind of token, once its text has been found in a request. */
export interface TokenStrategy {
  /**
   * The caller that valid claims identify now, by the records; `undefined` when the record is missing, revoked or
   * expired.
   */
  callerOf(claims: TokenClaims): Caller | undefined | Promise<Caller | undefined>;
}

/** The passport-jwt strategy of one kind of token, named `<kind>-token`. */
function strategyOf(kind: TokenKind) {
  const { typ, audience } = tokenKinds[kind];

  abstract class KindStrategy extends PassportStrategy(Strategy, `${kind}-token`) implements TokenStrategy {
    // Not #private: passport calls a strategy through an object derived from it, which has no private fields.
    constructor(
      protected readonly keys: SigningKeys,
      protected readonly clock: Clock,
      protected readonly verified: VerifiedTokens,
    ) {
      const options: StrategyOptionsWithRequest = {
        jwtFromRequest: (request: TokenRequest) => request.token,
        secretOrKeyProvider: (_request: TokenRequest, token: string, done) => {
          const key = keys.find(peekHeader(token)?.kid);
          if (!key) return done(new Error('No such key'));
          // The types know strings and buffers only; given a KeyObject, jsonwebtoken does not have to try the bytes as
          // a public key first.
          done(null, key.secret as unknown as Buffer);
        },
        algorithms: ['HS256'],
        issuer,
        audience,
        passReqToCallback: true,
        // passport-jwt copies its options once, so it cannot use our clock: validate() demands and checks `exp`. `nbf`
        // is no claim of ours, so validate() refuses it.
        ignoreExpiration: true,
        jsonWebTokenOptions: { complete: true, ignoreNotBefore: true },
      };
      super(options);
    }

    /**
     * Called by passport once algorithm, signature, issuer and audience are good. `false` is a failed authentication.
     */
    async validate(request: TokenRequest, jwt: CompleteJwt): Promise<Caller | false> {
      const key = this.keys.find(jwt.header['kid']);
      const claims = this.claimsOf(jwt);
      if (!key || !claims) return false;
      this.verified.add(kind, request.token, claims, key);
      return (await this.callerOf(claims)) ?? false;
    }

    abstract callerOf(claims: TokenClaims): Caller | undefined | Promise<Caller | undefined>;

    private claimsOf({ header, payload }: CompleteJwt): TokenClaims | undefined {
      if (header['typ'] !== typ || !Object.keys(header).every((name) => headerNames.has(name))) return undefined;
      if (
        typeof payload !== 'object' ||
        payload === null ||
        !Object.keys(payload).every((name) => claimNames.has(name))
      )
        return undefined;
      const { aud, sub, jti, iat, exp } = payload as Record<string, unknown>;
      // jsonwebtoken lets a list of audiences pass that holds ours; ours is the only one that we write.
      if (aud !== audience || typeof sub !== 'string' || typeof jti !== 'string' || typeof iat !== 'number')
        return undefined;
      if (exp === undefined) return kind === 'app' ? { sub, jti, exp } : undefined;
      return typeof exp === 'number' && !isPast(exp, this.clock.now()) ? { sub, jti, exp } : undefined;
    }
  }

  return KindStrategy;
}

@Injectable()
export class AppTokenStrategy extends strategyOf('app') {
  constructor(
    keys: SigningKeys,
    @Inject(CLOCK) clock: Clock,
    verified: VerifiedTokens,
    @Inject(CALLER_DIRECTORY) private readonly directory: CallerDirectory,
  ) {
    super(keys, clock, verified);
  }

  callerOf({ sub, jti, exp }: TokenClaims): Caller | undefined | Promise<Caller | undefined> {
    const found = this.directory.app(sub, jti);
    if (exp !== undefined) return found;
    // A token without an expiry is valid only when its record has none either.
    const endless = (caller: Awaited<typeof found>) => (caller?.tokenExpiresAt === null ? caller : undefined);
    return found instanceof Promise ? found.then(endless) : endless(found);
  }
}

@Injectable()
export class AdminTokenStrategy extends strategyOf('admin') {
  constructor(
    keys: SigningKeys,
    @Inject(CLOCK) clock: Clock,
    verified: VerifiedTokens,
    @Inject(CALLER_DIRECTORY) private readonly directory: CallerDirectory,
  ) {
    super(keys, clock, verified);
  }

  callerOf({ sub, jti }: TokenClaims): Caller | undefined | Promise<Caller | undefined> {
    return this.directory.admin(sub, jti);
  }
}

@Injectable()
export class RunTokenStrategy extends strategyOf('run') {
  constructor(
    keys: SigningKeys,
    @Inject(CLOCK) clock: Clock,
    verified: VerifiedTokens,
    @Inject(RUN_DIRECTORY) private readonly directory: RunDirectory,
  ) {
    super(keys, clock, verified);
  }

  callerOf({ sub, jti }: TokenClaims): Caller | undefined | Promise<Caller | undefined> {
    return this.directory.run(sub, jti);
  }
}
