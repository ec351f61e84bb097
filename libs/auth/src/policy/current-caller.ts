import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import type { Caller } from '@datakeep/contracts';

const currentCaller = createParamDecorator((kinds: readonly Caller['kind'][], context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  // The policy admits no other kind; a handler whose parameter and policy disagree must not run.
  if (!caller || !kinds.includes(caller.kind))
    throw new DatakeepError('internal', 'The handler expects another kind of caller than its policy admits.');
  return caller;
});

/** Injects the caller, which must be of one of the kinds named: `@CurrentCaller('app') caller: AppCaller`. */
export function CurrentCaller(...kinds: [Caller['kind'], ...Caller['kind'][]]): ParameterDecorator {
  return currentCaller(kinds);
}
