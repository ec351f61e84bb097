import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressSubject, DatakeepError, nothingDone, withRequestId } from '@datakeep/kernel';
import { type Caller, CALLER_DIRECTORY, type CallerDirectory, type TokenKind } from '@datakeep/contracts';
import { RateLimiter, type RateClass } from '../rate/rate-limiter.ts';
import { bearerTokenOf, peekHeader } from '../tokens/bearer-token.ts';
import { TokenAuthenticator } from '../tokens/token-authenticator.ts';
import { tokenKinds } from '@datakeep/keys';
import type { Policy } from './policy.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by the policy decorators. A route without one is refused. */
    policy?: Policy;
  }
  interface FastifyRequest {
    /** The authenticated caller; set by AccessControl on every route that is not public. */
    caller?: Caller;
    /** The policy by which AccessControl let this request in. */
    admittedBy?: Policy;
  }
}

/** The subject for which a request is counted: the app, the admin, or the address. */
export function subjectOf(request: Pick<FastifyRequest, 'caller' | 'ip'>): string {
  const { caller } = request;
  if (!caller) return addressSubject(request.ip);
  return caller.kind === 'admin' ? caller.adminId : caller.appId;
}

/** The class that counts a request: that of its route, or read for GET and HEAD, and write for all else. */
export function rateOf(policy: Policy, method: string): RateClass | 'none' {
  return policy.rate ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'write');
}

/**
 * Lets a request in by the policy of its route, before a byte of its body is read. Order: a request without a token, or
 * with one that was not verified in the last minute, is counted per address before anything is verified; an
 * authenticated one per app (or admin). Every failed authentication is the same `unauthenticated`. Last comes whether a
 * dangerous route is open to this session.
 */
@Injectable()
export class AccessControl {
  constructor(
    private readonly authenticator: TokenAuthenticator,
    private readonly limiter: RateLimiter,
    @Inject(CALLER_DIRECTORY) private readonly directory: CallerDirectory,
  ) {}

  /** Guards every route of the server, whenever it was added. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      const settle = (error?: Error | void): void => done(error ? (nothingDone(error) as Error) : undefined);
      let admitted: void | Promise<void>;
      try {
        admitted = this.#admit(request, reply);
      } catch (error) {
        settle(error as Error);
        return;
      }
      if (admitted === undefined) settle();
      else admitted.then(settle, settle);
    });
  }

  #admit(request: FastifyRequest, reply: FastifyReply): void | Promise<void> {
    if (request.is404) throw new DatakeepError('not-found');
    const { policy } = request.routeOptions.config;
    if (!policy) throw new DatakeepError('internal', 'This route has no policy that admits the call.');
    const rate = rateOf(policy, request.method);
    if (policy.who !== 'public') return this.#authenticate(policy, rate as RateClass, request, reply);
    if (rate !== 'none') this.limiter.enforce(addressSubject(request.ip), rate, reply);
    request.admittedBy = policy;
  }

  #authenticate(
    policy: Exclude<Policy, { who: 'public' }>,
    rate: RateClass,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void | Promise<void> {
    const token = bearerTokenOf(request.raw);
    const verified = token === undefined ? undefined : this.authenticator.verifiedKind(token);
    const kind = token === undefined ? undefined : kindOf(policy, token, verified);
    const known = kind !== undefined && kind === verified;
    if (!known) this.limiter.enforce(addressSubject(request.ip), rate, reply);
    if (token === undefined || kind === undefined) throw new DatakeepError('unauthenticated');

    const admit = (caller: Caller | undefined): void | Promise<void> => {
      if (!caller) {
        if (known) this.limiter.enforce(addressSubject(request.ip), rate, reply);
        throw new DatakeepError('unauthenticated');
      }
      request.caller = caller;
      this.limiter.enforce(subjectOf(request), rate, reply);
      if (caller.kind === 'admin' && policy.who === 'admin' && policy.recent)
        return this.directory.requireConfirmation(caller).then(() => void (request.admittedBy = policy));
      request.admittedBy = policy;
    };
    const find = (): Caller | undefined | Promise<Caller | undefined> => this.authenticator.callerOf(kind, token);
    // Only a run's caller is asked of another service.
    const caller = kind === 'run' ? withRequestId(request.id, find) : find();
    return caller instanceof Promise ? caller.then(admit) : admit(caller);
  }
}

/**
 * The kind that the token must be good as. Where two are welcome, what it was verified as chooses, or else its
 * unverified header; the strategy then demands it.
 */
function kindOf(policy: Exclude<Policy, { who: 'public' }>, token: string, verified: TokenKind | undefined): TokenKind {
  if (policy.who === 'admin') return 'admin';
  if (!policy.runs) return 'app';
  return verified === 'run' || (verified === undefined && peekHeader(token)?.typ === tokenKinds.run.typ)
    ? 'run'
    : 'app';
}
