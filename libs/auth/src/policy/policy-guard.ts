import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import { policyOf } from './policy.ts';

/**
 * Default deny, without any decision here: a handler runs only for a request that AccessControl admitted by this
 * handler's policy. A call by any other way is refused.
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
