import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DatakeepError, ServiceSecret } from '@datakeep/kernel';

/** The interface's key, as `ServiceSecret`. */
export const API_KEY = Symbol('API_KEY');

/** Guards every route of the interface: only requests with its key as bearer token pass. */
@Injectable()
export class KeyGuard implements CanActivate {
  readonly #key: ServiceSecret;

  constructor(@Inject(API_KEY) key: ServiceSecret) {
    this.#key = key;
  }

  canActivate(context: ExecutionContext): boolean {
    const { authorization } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    const token = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
    if (!this.#key.matches(token)) throw new DatakeepError('unauthenticated');
    return true;
  }
}
