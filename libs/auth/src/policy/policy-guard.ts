import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import { policyOf } from './policy.ts';

/**
 * Default deny, and no decision of its own: a handler runs only for a request that AccessControl let in by this
 * handler's very policy. A call that came another way is refused.
 */
@Injectable()
export class PolicyGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const policy = policyOf(context.getHandler());
    const admittedBy =
      context.getType() === 'http' ? context.switchToHttp().getRequest<FastifyRequest>().admittedBy : undefined;
    if (!policy || admittedBy !== policy)
      throw new DatakeepError('internal', 'This handler has no policy that admits the call.');
    return true;
  }
}
