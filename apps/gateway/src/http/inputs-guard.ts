import { type CanActivate, type CustomDecorator, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import { bringsBody } from './admission/bodies.ts';
import type { BodyRounds } from './admission/body-rounds.ts';
import { readText, smallBodyLimit } from './body-parsers.ts';
import { json, parameters } from './dto.ts';

const takenTypes = 'datakeep:takes';

/** The media types of a body that a handler reads without a DTO. */
export function TakesTypes(types: readonly string[]): CustomDecorator {
  return SetMetadata(takenTypes, types);
}

const form = 'multipart/form-data';

class None {}

const noParameters = parameters(None);
const noMembers = json(None, { optional: true });

/**
 * Refuses query parameters and members of a body on the routes of both APIs that take none, and forms on those that
 * read JSON: everything else the handler's own pipe checks. No body, an empty one and `{}` are alike.
 */
@Injectable()
export class InputsGuard implements CanActivate {
  constructor(private readonly rounds: BodyRounds) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!isOfAnApi(request.routeOptions.url)) return true;
    const { query } = request;
    if (Object.keys(query ?? {}).length > 0 && !takes(context, RouteParamtypes.QUERY))
      noParameters.transform(query, { type: 'query' });
    if (!bringsBody(request.raw)) return true;
    const types = Reflect.getMetadata(takenTypes, context.getHandler()) as readonly string[] | undefined;
    if (!types && !takes(context, RouteParamtypes.BODY)) return this.#refuseMembers(request);
    // The parser of forms leaves every body of that type unread.
    if (request.isMultipart() && !types?.includes(form))
      throw new DatakeepError('unsupported-media-type', 'This route reads application/json.');
    return true;
  }

  async #refuseMembers(request: FastifyRequest): Promise<true> {
    const { body, raw } = request;
    const text = typeof body === 'string' || raw.readableEnded ? body : await this.#read(request);
    noMembers.transform(text as string | undefined, { type: 'body' });
    return true;
  }

  /** The body of a GET, which Fastify leaves unread, or a form. */
  #read(request: FastifyRequest): Promise<string | undefined> {
    return new Promise((resolve, reject) =>
      readText(request, request.raw, smallBodyLimit, this.rounds, (error, text) => {
        if (error) reject(error);
        else resolve(text);
      }),
    );
  }
}

function isOfAnApi(url = ''): boolean {
  return url.startsWith('/app/v1/') || url.startsWith('/admin/v1/');
}

/** Whether the handler has an argument of that kind, by what Nest notes of its arguments: `"<type>:<index>"`. */
function takes(context: ExecutionContext, type: RouteParamtypes): boolean {
  const noted = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) as
    Record<string, unknown> | undefined;
  return Object.keys(noted ?? {}).some((key) => key.startsWith(`${type}:`));
}
