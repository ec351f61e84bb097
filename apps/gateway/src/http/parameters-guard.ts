import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { parameters } from './dto.ts';

class NoParameters {}

const none = parameters(NoParameters);

/** Refuses query parameters on the routes of both APIs that take none: elsewhere the handler's own pipe checks them. */
@Injectable()
export class ParametersGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { query } = request;
    if (Object.keys(query ?? {}).length > 0 && isOfAnApi(request.routeOptions.url) && !takesParameters(context))
      none.transform(query, { type: 'query' });
    return true;
  }
}

function isOfAnApi(url = ''): boolean {
  return url.startsWith('/app/v1/') || url.startsWith('/admin/v1/');
}

/** Whether the handler has an argument `@Query()`, by what Nest notes of its arguments: `"<type>:<index>"`. */
function takesParameters(context: ExecutionContext): boolean {
  const noted = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) as
    Record<string, unknown> | undefined;
  return Object.keys(noted ?? {}).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}
