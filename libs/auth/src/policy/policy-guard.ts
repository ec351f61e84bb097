import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import type { Caller, TokenKind } from '@datakeep/contracts';
import { addressSubject } from '../rate/address-subject.ts';
import { RateLimiter, type RateClass } from '../rate/rate-limiter.ts';
import { bearerTokenOf, peekHeader } from '../tokens/bearer-token.ts';
import { TokenAuthenticator } from '../tokens/token-authenticator.ts';
import { tokenKinds } from '../tokens/token-kinds.ts';
import { policyOf, type Policy } from './policy.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; set by PolicyGuard on every route that is not public. */
    caller?: Caller;
  }
}

/**
 * The one global guard: default deny. Order: a request without a token, or with one that was not found good lately, is counted per address before anything is
 * verified; an authenticated one per app (or admin). Every failed authentication is the same `unauthenticated`.
 */
@Injectable()
export class PolicyGuard implements CanActivate {
  readonly #authenticator: TokenAuthenticator;
  readonly #limiter: RateLimiter;

  constructor(authenticator: TokenAuthenticator, limiter: RateLimiter) {
    this.#authenticator = authenticator;
    this.#limiter = limiter;
  }

  canActivate(context: ExecutionContext): true | Promise<true> {
    const policy = policyOf(context.getHandler());
    // The start-up check makes this unreachable; it stays, so that nothing is open by mistake.
    if (!policy || context.getType() !== 'http')
      throw new DatakeepError('internal', 'This handler has no policy that admits the call.');
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const rate = policy.rate ?? (request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write');
    if (policy.who !== 'public') return this.#authenticate(policy, rate as RateClass, request, reply);
    if (rate !== 'none') this.#limiter.enforce(addressSubject(request.ip), rate, reply);
    return true;
  }

  #authenticate(
    policy: Exclude<Policy, { who: 'public' }>,
    rate: RateClass,
    request: FastifyRequest,
    reply: FastifyReply,
  ): true | Promise<true> {
    const token = bearerTokenOf(request.raw);
    const kind = token === undefined ? undefined : this.#kindOf(policy, token);
    const known = token !== undefined && kind !== undefined && this.#authenticator.knows(kind, token);
    if (!known) this.#limiter.enforce(addressSubject(request.ip), rate, reply);
    if (token === undefined || kind === undefined) throw new DatakeepError('unauthenticated');

    const admit = (caller: Caller | undefined): true => {
      if (!caller) {
        if (known) this.#limiter.enforce(addressSubject(request.ip), rate, reply);
        throw new DatakeepError('unauthenticated');
      }
      this.#limiter.enforce(caller.kind === 'admin' ? caller.adminId : caller.appId, rate, reply);
      request.caller = caller;
      return true;
    };
    const caller = this.#authenticator.callerOf(kind, token);
    return caller instanceof Promise ? caller.then(admit) : admit(caller);
  }

  /** The kind that the token must be good as. Where two are welcome, the unverified header chooses; the strategy then demands it. */
  #kindOf(policy: Exclude<Policy, { who: 'public' }>, token: string): TokenKind {
    if (policy.who === 'admin') return 'admin';
    if (!policy.runs || this.#authenticator.knows('app', token)) return 'app';
    return peekHeader(token)?.typ === tokenKinds.run.typ ? 'run' : 'app';
  }
}
