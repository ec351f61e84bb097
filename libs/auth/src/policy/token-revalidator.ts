import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import { RateLimiter, type RateClass } from '../rate/rate-limiter.ts';
import { bearerTokenOf } from '../tokens/bearer-token.ts';
import { TokenAuthenticator } from '../tokens/token-authenticator.ts';
import { subjectOf } from './access-control.ts';

const nowhere = { header: (): void => undefined };

/**
 * For long-running requests: checks again whether their caller is still admitted, and counts their reads and writes.
 */
@Injectable()
export class TokenRevalidator {
  constructor(
    private readonly authenticator: TokenAuthenticator,
    private readonly limiter: RateLimiter,
  ) {}

  /** Rejects with `unauthenticated` when the token that the guard admitted has expired or was revoked since. */
  async check(request: FastifyRequest): Promise<void> {
    const { caller } = request;
    const token = bearerTokenOf(request.raw);
    if (!caller || token === undefined || !(await this.authenticator.callerOf(caller.kind, token)))
      throw new DatakeepError('unauthenticated');
  }

  /** Counts one more request of the class in the caller's name. Throws `rate-limited`. */
  count(request: FastifyRequest, rate: RateClass): void {
    if (request.caller) this.limiter.enforce(subjectOf(request), rate, nowhere);
  }
}
